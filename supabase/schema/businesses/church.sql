-- The church: prayer requests. One row per call and key.

create table public.voice_prayer_requests (
  id uuid constraint voice_prayer_requests_pkey primary key default gen_random_uuid(),
  church_id uuid not null constraint voice_prayer_requests_church_id_fkey references public.tenants (id),
  call_id text collate "C" not null
    constraint voice_prayer_requests_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  caller_name text,
  caller_phone text,
  prayer_request_text text not null
    constraint voice_prayer_requests_text_not_empty check (btrim(prayer_request_text) <> ''),
  confidential boolean not null default false,
  source text not null default 'voice',
  status text not null default 'pending',
  created_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(church_id)) stored,
  constraint voice_prayer_requests_once unique (call_id, key)
);
create index voice_prayer_requests_church on public.voice_prayer_requests (church_id, created_at desc);

alter table public.voice_prayer_requests enable row level security;
create policy own_prayer_requests on public.voice_prayer_requests for select to authenticated
  using (church_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_prayer_requests with (security_invoker = true) as
  select id, church_id, call_id, caller_name, caller_phone, prayer_request_text, confidential, source, status, created_at
  from public.voice_prayer_requests where not is_demo;
grant select on public.voice_prayer_requests, public.customer_prayer_requests to authenticated;

-- {call_id, key, tenant_id, did, caller, at, caller_name, prayer_request_text, confidential, stage, release}
-- -> {submitted}: false for a request that is there already
create function public.submit_prayer_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.begin_request(p);
  insert into public.voice_prayer_requests
    (church_id, call_id, key, caller_name, caller_phone, prayer_request_text, confidential, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'call_id', p ->> 'key', p ->> 'caller_name', p ->> 'caller',
     p ->> 'prayer_request_text', coalesce((p ->> 'confidential')::boolean, false),
     (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('submitted', found);
end $$;

-- The prayer requests of a call, as requests.sql reads them.
create function pickup.requests_of_church(wanted text) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(x) || '{"kind": "prayer"}' from public.voice_prayer_requests x where x.call_id = wanted
$$;
