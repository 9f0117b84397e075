-- The people of a tenant whom callers may be put through to.

create table public.tenant_people (
  tenant_id uuid not null constraint tenant_people_tenant_id_fkey references public.tenants (id) on delete cascade,
  name text not null constraint tenant_people_name_not_empty check (name ~ '\S'),
  number text not null constraint tenant_people_number_form check (number ~ '^(\+[1-9]\d{6,14}|\d{2,6})$'),
  queue text constraint tenant_people_queue_not_empty check (queue ~ '\S'),
  place integer not null default 1 constraint tenant_people_place_positive check (place between 1 and 1000),
  hours jsonb constraint tenant_people_hours_object check (jsonb_typeof(hours) = 'object'),
  cold boolean not null default false,
  created_at timestamptz not null default pickup.now(),
  constraint tenant_people_pkey primary key (tenant_id, name)
);
comment on column public.tenant_people.number is 'E.164, or an extension of the tenant''s own exchange.';
comment on column public.tenant_people.place is 'In the queue: the lowest is called first.';
comment on column public.tenant_people.hours is 'As the tenant''s opening hours; null: the tenant''s own.';
comment on column public.tenant_people.cold is 'Whether the caller''s leg is handed over without asking the person.';
alter table public.tenant_people enable row level security;
create policy own_tenant_people on public.tenant_people for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not pickup.is_demo(tenant_id));
grant select on public.tenant_people to authenticated;

create function pickup.people_of(tenant uuid) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', p.name, 'number', p.number, 'queue', p.queue, 'place', p.place, 'hours', p.hours, 'cold', p.cold)
    order by p.place, p.name), '[]')
  from public.tenant_people p where p.tenant_id = tenant
$$;

-- {tenant_id} -> tenant | null
create function public.tenant_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'tenant_id', t.id, 'name', t.name, 'timezone', t.timezone, 'language', t.language, 'greeting', t.greeting,
    'facts', t.facts, 'extras', t.extras, 'escalation_contact_email', t.escalation_contact_email, 'phone', t.phone,
    'people', pickup.people_of(t.id))
  from public.tenants t where t.id = (p ->> 'tenant_id')::pg_catalog.uuid
$$;

-- {tenant_id, name, number, queue, place, hours, cold} -> {made}: whether the person is new
create function public.put_person_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  made boolean;
begin
  insert into public.tenant_people as t (tenant_id, name, number, queue, place, hours, cold)
  values ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'name', p ->> 'number', p ->> 'queue',
    coalesce((p ->> 'place')::pg_catalog.int4, 1), nullif(p -> 'hours', 'null'), coalesce((p ->> 'cold')::pg_catalog.bool, false))
  on conflict (tenant_id, name) do update
    set number = excluded.number, queue = excluded.queue, place = excluded.place, hours = excluded.hours, cold = excluded.cold
  returning (t.xmax = 0) into made;
  return jsonb_build_object('made', made);
end $$;

-- {tenant_id, name} -> {removed}
create function public.remove_person_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from public.tenant_people t where t.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and t.name = p ->> 'name';
  return jsonb_build_object('removed', found);
end $$;
