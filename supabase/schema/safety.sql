-- Safety reports: callers in a crisis and callers who threaten, in any business. One row per call and key.

create table public.crisis_events (
  id uuid constraint crisis_events_pkey primary key default gen_random_uuid(),
  tenant_id uuid constraint crisis_events_tenant_id_fkey references public.tenants (id),
  call_id text collate "C" not null
    constraint crisis_events_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  caller_phone text,
  utterance text,
  fields jsonb not null default '{}',
  status text not null default 'open',
  created_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint crisis_events_once unique (call_id, key)
);
create index crisis_events_tenant on public.crisis_events (tenant_id, created_at desc);

create table public.incidents (
  id uuid constraint incidents_pkey primary key default gen_random_uuid(),
  tenant_id uuid constraint incidents_tenant_id_fkey references public.tenants (id),
  call_id text collate "C" not null
    constraint incidents_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  kind text not null default 'threat',
  caller_phone text,
  utterance text,
  fields jsonb not null default '{}',
  status text not null default 'open',
  created_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint incidents_once unique (call_id, key)
);
create index incidents_tenant on public.incidents (tenant_id, created_at desc);

alter table public.crisis_events enable row level security;
alter table public.incidents enable row level security;
create policy own_crisis_events on public.crisis_events for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create policy own_incidents on public.incidents for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_crisis_events with (security_invoker = true) as
  select id, tenant_id, call_id, caller_phone, utterance, status, created_at
  from public.crisis_events where tenant_id is not null and not is_demo;
create view public.customer_incidents with (security_invoker = true) as
  select id, tenant_id, call_id, kind, caller_phone, utterance, status, created_at
  from public.incidents where tenant_id is not null and not is_demo;
grant select on public.crisis_events, public.customer_crisis_events, public.incidents, public.customer_incidents
  to authenticated;

-- {call_id, key, tenant_id, did, caller, at, utterance, fields, stage, release} -> {submitted}: false for a report that
-- is there already
create function public.report_crisis_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.begin_request(p);
  insert into public.crisis_events
    (tenant_id, call_id, key, caller_phone, utterance, fields, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'call_id', p ->> 'key', p ->> 'caller', p ->> 'utterance',
     coalesce(p -> 'fields', '{}'), (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('submitted', found);
end $$;

-- The same payload and answer as report_crisis_v1.
create function public.report_threat_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.begin_request(p);
  insert into public.incidents
    (tenant_id, call_id, key, kind, caller_phone, utterance, fields, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'call_id', p ->> 'key', 'threat', p ->> 'caller', p ->> 'utterance',
     coalesce(p -> 'fields', '{}'), (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('submitted', found);
end $$;

-- The safety reports of a call, as requests.sql reads them.
create function pickup.requests_of_safety(wanted text) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(x) || '{"kind": "crisis"}' from public.crisis_events x where x.call_id = wanted
  union all
  select to_jsonb(x) || '{"kind": "threat"}' from public.incidents x where x.call_id = wanted
$$;
