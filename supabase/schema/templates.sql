-- Templates of conversations: append-only versions of each name.

create table public.templates (
  name text not null,
  version integer not null constraint templates_version_positive check (version > 0),
  body jsonb not null,
  created_at timestamptz not null default pickup.now(),
  constraint templates_pkey primary key (name, version)
);
alter table public.templates enable row level security;
-- Every stage may read templates, and none may write them.
create policy templates_are_shared on public.templates for select to pickup_functions using (true);

create function pickup.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  raise exception '% is append-only: add a new version instead', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger templates_append_only before update or delete on public.templates
  for each row execute function pickup.refuse_change();
