-- Tenants, and the callers whom they block.

create table public.tenants (
  id uuid primary key default gen_random_uuid(),
  name text not null constraint tenants_name_not_empty check (btrim(name) <> ''),
  timezone text not null constraint tenants_timezone_known check (pickup.is_timezone(timezone)),
  language text not null default 'en' constraint tenants_language_tag check (language ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  greeting text constraint tenants_greeting_not_empty check (greeting ~ '\S'),
  facts jsonb not null default '{}' constraint tenants_facts_object check (jsonb_typeof(facts) = 'object')
    constraint tenants_facts_texts check (pickup.are_texts(facts)),
  extras jsonb not null default '{}' constraint tenants_extras_object check (jsonb_typeof(extras) = 'object'),
  escalation_contact_email text,
  phone text,
  calls_limit integer constraint tenants_calls_limit_positive check (calls_limit >= 0),
  created_at timestamptz not null default pickup.now(),
  is_demo boolean generated always as (pickup.is_demo(id)) stored
);
comment on column public.tenants.calls_limit is 'Admitted calls per calendar month in the timezone; null: unlimited.';
alter table public.tenants enable row level security;
create policy own_tenant on public.tenants for select to authenticated
  using (id = pickup.current_tenant_id() and not is_demo);
create view public.customer_tenants with (security_invoker = true) as
  select id, name, timezone, language, greeting, facts, escalation_contact_email, phone, calls_limit, created_at
  from public.tenants where not is_demo;

create table public.blocked_callers (
  tenant_id uuid not null constraint blocked_callers_tenant_id_fkey references public.tenants (id) on delete cascade,
  caller text not null constraint blocked_callers_caller_not_empty check (caller <> ''),
  reason text,
  created_at timestamptz not null default pickup.now(),
  constraint blocked_callers_pkey primary key (tenant_id, caller)
);
comment on column public.blocked_callers.caller is 'A telephone number in any notation, in digits.';
alter table public.blocked_callers enable row level security;
create policy own_blocked_callers on public.blocked_callers for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not pickup.is_demo(tenant_id));
create view public.customer_blocked_callers with (security_invoker = true) as
  select tenant_id, caller, reason, created_at from public.blocked_callers where not pickup.is_demo(tenant_id);

grant select on public.tenants, public.customer_tenants, public.blocked_callers, public.customer_blocked_callers
  to authenticated;
