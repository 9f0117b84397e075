-- Callbacks: callers who asked to be called back, in any business. One row per call and key (PT-66).

create table public.voice_callback_requests (
  id uuid constraint voice_callback_requests_pkey primary key default gen_random_uuid(),
  tenant_id uuid constraint voice_callback_requests_tenant_id_fkey references public.tenants (id),
  call_id text collate "C" not null
    constraint voice_callback_requests_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  caller_name text,
  caller_phone text,
  caller_extension text,
  reason text,
  preferred_time text,
  source text not null default 'voice',
  status text not null default 'pending',
  created_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint voice_callback_requests_once unique (call_id, key)
);
create index voice_callback_requests_tenant on public.voice_callback_requests (tenant_id, created_at desc);

alter table public.voice_callback_requests enable row level security;
create policy own_callback_requests on public.voice_callback_requests for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_callback_requests with (security_invoker = true) as
  select id, tenant_id, call_id, caller_name, caller_phone, caller_extension, reason, preferred_time, source, status, created_at
  from public.voice_callback_requests where tenant_id is not null and not is_demo;
grant select on public.voice_callback_requests, public.customer_callback_requests to authenticated;

-- {call_id, key, tenant_id, did, caller, at, caller_name, callback_number, callback_extension, reason, preferred_time,
-- stage, release}
-- -> {submitted}: false for a request that is there already
create function public.submit_callback_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.begin_request(p);
  insert into public.voice_callback_requests
    (tenant_id, call_id, key, caller_name, caller_phone, caller_extension, reason, preferred_time, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'call_id', p ->> 'key', p ->> 'caller_name',
     coalesce(p ->> 'callback_number', p ->> 'caller'), p ->> 'callback_extension', p ->> 'reason',
     p ->> 'preferred_time',
     (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('submitted', found);
end $$;

-- The callbacks of a call, as requests.sql reads them.
create function pickup.requests_of_callbacks(wanted text) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(x) || '{"kind": "callback"}' from public.voice_callback_requests x where x.call_id = wanted
$$;
