-- What callers asked for, and what must be looked after: prayers, callbacks, crises, threats. One row per call and key.

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

create table public.voice_callback_requests (
  id uuid constraint voice_callback_requests_pkey primary key default gen_random_uuid(),
  tenant_id uuid constraint voice_callback_requests_tenant_id_fkey references public.tenants (id),
  call_id text collate "C" not null
    constraint voice_callback_requests_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  caller_name text,
  caller_phone text,
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

create index voice_prayer_requests_church on public.voice_prayer_requests (church_id, created_at desc);
create index voice_callback_requests_tenant on public.voice_callback_requests (tenant_id, created_at desc);
create index crisis_events_tenant on public.crisis_events (tenant_id, created_at desc);
create index incidents_tenant on public.incidents (tenant_id, created_at desc);

create function pickup.submit_prayer(p jsonb) returns boolean
language plpgsql as $$
declare
  f jsonb := p -> 'fields';
begin
  insert into public.voice_prayer_requests
    (church_id, call_id, key, caller_name, caller_phone, prayer_request_text, confidential, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::uuid, p ->> 'call_id', p ->> 'key', f ->> 'caller_name', p ->> 'caller',
     f ->> 'prayer_request_text', coalesce((f ->> 'confidential')::boolean, false), (p ->> 'at')::timestamptz,
     p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return found;
end $$;

create function pickup.submit_callback(p jsonb) returns boolean
language plpgsql as $$
declare
  f jsonb := p -> 'fields';
begin
  insert into public.voice_callback_requests
    (tenant_id, call_id, key, caller_name, caller_phone, reason, preferred_time, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::uuid, p ->> 'call_id', p ->> 'key', f ->> 'caller_name',
     coalesce(f ->> 'callback_number', p ->> 'caller'), f ->> 'reason', f ->> 'preferred_time', (p ->> 'at')::timestamptz,
     p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return found;
end $$;

create function pickup.submit_crisis(p jsonb) returns boolean
language plpgsql as $$
begin
  insert into public.crisis_events
    (tenant_id, call_id, key, caller_phone, utterance, fields, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::uuid, p ->> 'call_id', p ->> 'key', p ->> 'caller', p -> 'fields' ->> 'utterance',
     coalesce(p -> 'fields', '{}'), (p ->> 'at')::timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return found;
end $$;

create function pickup.submit_threat(p jsonb) returns boolean
language plpgsql as $$
begin
  insert into public.incidents
    (tenant_id, call_id, key, kind, caller_phone, utterance, fields, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::uuid, p ->> 'call_id', p ->> 'key', 'threat', p ->> 'caller', p -> 'fields' ->> 'utterance',
     coalesce(p -> 'fields', '{}'), (p ->> 'at')::timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return found;
end $$;

-- Whose request it is: the tenant that the call knew, else (the directory couldn't be asked) the one that the dialled
-- number `fields.did` belongs to in this stage by now; null where there is none.
create function pickup.tenant_of_request(p jsonb) returns uuid
language sql stable as $$
  select coalesce((p ->> 'tenant_id')::uuid, (
    select n.tenant_id from public.numbers n
    where n.did = p -> 'fields' ->> 'did' and n.stage = p ->> 'stage' and n.active))
$$;

-- {call_id, key, kind, tenant_id, caller, at, fields, stage, release} -> {submitted}. `fields` of a prayer:
-- prayer_request_text, caller_name, confidential; of a callback: caller_name, callback_number, reason, preferred_time;
-- of a crisis or threat: utterance and whatever else there is; of any whose tenant_id is null: did.
create function public.submit_request_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  submitted boolean;
begin
  perform pickup.ensure_call(p);
  p := p || jsonb_build_object('tenant_id', pickup.tenant_of_request(p));
  case p ->> 'kind'
    when 'prayer' then submitted := pickup.submit_prayer(p);
    when 'callback' then submitted := pickup.submit_callback(p);
    when 'crisis' then submitted := pickup.submit_crisis(p);
    when 'threat' then submitted := pickup.submit_threat(p);
    else
      raise exception 'no requests of kind %', coalesce(p ->> 'kind', 'null') using errcode = 'invalid_parameter_value';
  end case;
  return jsonb_build_object('submitted', submitted);
end $$;
