-- Calls and their events: one row a call, whatever order its opening, its events and the accounts of its end arrive in.

create table public.calls (
  call_id text collate "C" constraint calls_pkey primary key
    constraint calls_call_id_long_enough check (length(call_id) >= 6),
  stage pickup.stage not null,
  release text not null,
  direction text not null default 'inbound' constraint calls_direction_known check (direction in ('inbound', 'outbound')),
  attempt_id uuid,
  -- from the opening
  opened_at timestamptz,
  medium text constraint calls_medium_known check (medium in ('phone', 'browser', 'screen')),
  did_raw text,
  did text,
  caller_raw text,
  caller text,
  tenant_id uuid constraint calls_tenant_id_fkey references public.tenants (id),
  template text,
  template_version text,
  decision jsonb not null default '{}',
  synthetic boolean not null default false,
  ringing_at timestamptz,
  -- from the accounts of its end (completion.sql)
  completed_at timestamptz,
  completed_by text constraint calls_witness_known
    check (completed_by in ('agent', 'room_finished', 'carrier', 'watchdog')),
  disposition text constraint calls_disposition_known
    check (disposition in ('ANSWERED', 'NO_ANSWER', 'BUSY', 'FAILED', 'CONGESTION', 'ABANDONED')),
  outcome text,
  answered_at timestamptz,
  ended_at timestamptz,
  ended_by text constraint calls_ended_by_known check (ended_by in ('caller', 'agent', 'system')),
  end_reason text,
  facts jsonb not null default '{}',
  transcript jsonb not null default '[]',
  usage jsonb not null default '[]',
  cost_usd numeric(12, 6),
  cost_items jsonb not null default '{}',
  traversal jsonb not null default '[]',
  witnesses jsonb not null default '{}',
  created_at timestamptz not null default pickup.now(),
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint calls_completed_has_verdict
    check (completed_at is null or (completed_by is not null and disposition is not null and outcome is not null))
);
comment on column public.calls.attempt_id is 'Of an outbound call: the attempt that it is.';
comment on column public.calls.template_version is 'The version that the call was served by, or shipped: its release''s own.';
comment on column public.calls.synthetic is 'Made by ourselves as a test: no limit, bill or missed-call page counts it.';
comment on column public.calls.witnesses is 'Part of the call''s end → the witness whose account it is from.';
create index calls_recent on public.calls (stage, ringing_at desc);
create index calls_tenant on public.calls (tenant_id, ringing_at desc);
create index calls_open on public.calls (stage, coalesce(ringing_at, created_at)) where completed_at is null;

alter table public.calls enable row level security;
create policy own_calls on public.calls for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_calls with (security_invoker = true) as
  select call_id, tenant_id, template, did, caller, ringing_at, answered_at, ended_at, disposition, outcome, transcript,
    cost_usd
  from public.calls where tenant_id is not null and not is_demo and not synthetic;

-- Append-only facts of a call's life; the key makes each one idempotent within its call.
create table public.call_events (
  call_id text collate "C" not null
    constraint call_events_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  kind text not null,
  at timestamptz not null,
  fields jsonb not null default '{}',
  stage pickup.stage not null,
  release text not null,
  constraint call_events_pkey primary key (call_id, key)
);
alter table public.call_events enable row level security;
-- A customer sees what hangs on a call that they see: row-level security holds inside such a subquery too.
create policy own_call_events on public.call_events for select to authenticated
  using (exists (select from public.calls c where c.call_id = call_events.call_id));

-- Other names of a call: a call that came by the carrier has its id from there; LiveKit's webhooks know its room's only.
create table public.call_aliases (
  alias text collate "C" constraint call_aliases_pkey primary key,
  call_id text collate "C" not null
    constraint call_aliases_call_id_fkey references public.calls (call_id) on delete cascade
);
create index call_aliases_call on public.call_aliases (call_id);
alter table public.call_aliases enable row level security;
create policy own_call_aliases on public.call_aliases for select to authenticated
  using (exists (select from public.calls c where c.call_id = call_aliases.call_id));

grant select on public.calls, public.customer_calls, public.call_events to authenticated;

-- Whatever names a call first makes its row; the opening fills it in when it comes.
create function pickup.ensure_call(p jsonb) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into public.calls (call_id, stage, release) values (p ->> 'call_id', p ->> 'stage', p ->> 'release')
  on conflict (call_id) do nothing
$$;

create function pickup.alias_lock(alias text) returns bigint
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select hashtextextended('call alias ' || alias, 0)
$$;

-- The payload with the call's own id.
-- Locks: the alias, shared, until the transaction ends; every function takes it before the call's row.
create function pickup.canonical(p jsonb) returns jsonb
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  known pg_catalog.text;
begin
  -- without the lock a row for the room's name could slip in between know_alias's copy and its delete
  perform pg_advisory_xact_lock_shared(pickup.alias_lock(p ->> 'call_id'));
  select call_id into known from public.call_aliases where alias = p ->> 'call_id';
  return case when known is null then p else p || jsonb_build_object('call_id', known) end;
end $$;

-- From now on `room_id` names this call; the events that were written under it before move here.
-- Locks: the alias, exclusively. The caller holds the call's row by then, under a call_id that is nobody's alias.
create function pickup.know_alias(p jsonb) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  other pg_catalog.text := p ->> 'room_id';
begin
  if other is null or other = p ->> 'call_id' then
    return;
  end if;
  perform pg_advisory_xact_lock(pickup.alias_lock(other));
  insert into public.call_aliases (alias, call_id) values (other, p ->> 'call_id') on conflict (alias) do nothing;
  insert into public.call_events (call_id, key, kind, at, fields, stage, release)
  select p ->> 'call_id', key, kind, at, fields, stage, release from public.call_events where call_id = other
  on conflict (call_id, key) do nothing;
  delete from public.calls where call_id = other;
end $$;

-- {call_id, room_id, stage, release, direction, attempt_id, medium, did_raw, did, caller_raw, caller, tenant_id,
-- template, template_version, decision, ringing_at, synthetic} -> {opened}. The first opening stays; `room_id`, where it
-- is another, becomes one more name. A synthetic call gives back its place of the calls limit, if it took one.
-- Locks: the call's row, the alias, then the place's row.
create function public.open_call_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  opened boolean;
begin
  perform pickup.ensure_call(p);
  perform pickup.know_alias(p);
  update public.calls set
    stage = p ->> 'stage', release = p ->> 'release', direction = coalesce(p ->> 'direction', 'inbound'),
    attempt_id = (p ->> 'attempt_id')::pg_catalog.uuid, opened_at = pickup.now(), medium = p ->> 'medium',
    did_raw = p ->> 'did_raw', did = p ->> 'did', caller_raw = p ->> 'caller_raw', caller = p ->> 'caller',
    tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid, template = p ->> 'template',
    template_version = coalesce(template_version, p ->> 'template_version'), decision = coalesce(p -> 'decision', '{}'),
    synthetic = coalesce((p ->> 'synthetic')::boolean, false), ringing_at = (p ->> 'ringing_at')::pg_catalog.timestamptz
  where call_id = p ->> 'call_id' and opened_at is null;
  opened := found;
  if opened and (p ->> 'synthetic')::boolean then
    delete from public.call_places where call_id = p ->> 'call_id';
  end if;
  return jsonb_build_object('opened', opened);
end $$;

-- {call_id, key, kind, at, fields, stage, release} -> {noted}
create function public.note_event_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  insert into public.call_events (call_id, key, kind, at, fields, stage, release)
  values (p ->> 'call_id', p ->> 'key', p ->> 'kind', (p ->> 'at')::pg_catalog.timestamptz,
          coalesce(p -> 'fields', '{}'), p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('noted', found);
end $$;
