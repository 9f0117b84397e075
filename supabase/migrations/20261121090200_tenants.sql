-- Tenants, the numbers that ring for them, the callers they don't want, and the templates' versions.

create table public.tenants (
  id uuid primary key default gen_random_uuid(),
  name text not null constraint tenants_name_not_empty check (btrim(name) <> ''),
  timezone text not null constraint tenants_timezone_known check (pickup.is_timezone(timezone)),
  language text not null default 'en',
  greeting text,
  facts jsonb not null default '{}' constraint tenants_facts_object check (jsonb_typeof(facts) = 'object'),
  extras jsonb not null default '{}' constraint tenants_extras_object check (jsonb_typeof(extras) = 'object'),
  escalation_contact_email text,
  phone text,
  calls_limit integer constraint tenants_calls_limit_positive check (calls_limit >= 0),
  created_at timestamptz not null default now(),
  is_demo boolean generated always as (pickup.is_demo(id)) stored
);
comment on column public.tenants.calls_limit is 'Admitted calls per calendar month in the timezone; null: unlimited.';

create table public.numbers (
  id uuid primary key default gen_random_uuid(),
  did text not null constraint numbers_did_e164 check (did ~ '^\+[1-9][0-9]{6,14}$'),
  stage pickup.stage not null,
  tenant_id uuid constraint numbers_tenant_id_fkey references public.tenants (id),
  route text not null default 'tenant'
    constraint numbers_route_known check (route in ('tenant', 'sales', 'demo_router')),
  template text,
  active boolean not null default true,
  allowlist text[] not null default '{}',
  created_at timestamptz not null default now(),
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint numbers_only_tenant_route_has_tenant check (route = 'tenant' or tenant_id is null)
);
comment on column public.numbers.allowlist is 'Comparing keys of the callers who may call; empty: everybody.';
-- A number rings at one place (PT-09): active for at most one tenant and one stage.
create unique index numbers_active_did on public.numbers (did) where active;
create index numbers_did on public.numbers (did);
create index numbers_tenant on public.numbers (tenant_id);

create table public.blocked_callers (
  tenant_id uuid not null constraint blocked_callers_tenant_id_fkey references public.tenants (id) on delete cascade,
  caller text not null constraint blocked_callers_caller_not_empty check (caller <> ''),
  reason text,
  created_at timestamptz not null default now(),
  constraint blocked_callers_pkey primary key (tenant_id, caller)
);
comment on column public.blocked_callers.caller is 'Comparing key.';

create table public.templates (
  name text not null,
  version integer not null constraint templates_version_positive check (version > 0),
  body jsonb not null,
  created_at timestamptz not null default now(),
  constraint templates_pkey primary key (name, version)
);

create function pickup.refuse_change() returns trigger
language plpgsql as $$
begin
  raise exception '% is append-only: add a new version instead', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger templates_append_only before update or delete on public.templates
  for each row execute function pickup.refuse_change();
