-- Calls: one row a call, whatever order its opening, its events and its witnesses' accounts arrive in.

create table public.calls (
  call_id text collate "C" constraint calls_pkey primary key
    constraint calls_call_id_long_enough check (length(call_id) >= 6),
  stage pickup.stage not null,
  release text not null,
  -- told by the opening
  opened_at timestamptz,
  medium text constraint calls_medium_known check (medium in ('phone', 'browser', 'screen')),
  did_raw text,
  did text,
  caller_raw text,
  caller text,
  tenant_id uuid constraint calls_tenant_id_fkey references public.tenants (id),
  template text,
  decision jsonb not null default '{}',
  synthetic boolean not null default false,
  ringing_at timestamptz,
  -- told by the witnesses of its end
  completed_at timestamptz,
  completed_by text constraint calls_witness_known
    check (completed_by in ('agent', 'room_finished', 'carrier', 'reaper')),
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
  created_at timestamptz not null default now(),
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint calls_completed_has_verdict
    check (completed_at is null or (completed_by is not null and disposition is not null and outcome is not null))
);
create index calls_recent on public.calls (stage, ringing_at desc);
create index calls_tenant on public.calls (tenant_id, ringing_at desc);

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

-- Whatever tells of a call first makes its row; the opening fills it in when it comes.
create function pickup.ensure_call(p jsonb) returns void
language sql as $$
  insert into public.calls (call_id, stage, release) values (p ->> 'call_id', p ->> 'stage', p ->> 'release')
  on conflict (call_id) do nothing
$$;

-- {call_id, stage, release, medium, did_raw, did, caller_raw, caller, tenant_id, template, decision, ringing_at,
-- synthetic} -> {opened}. The first opening stays.
create function public.open_call_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform pickup.ensure_call(p);
  update public.calls set
    stage = p ->> 'stage', release = p ->> 'release', opened_at = now(), medium = p ->> 'medium',
    did_raw = p ->> 'did_raw', did = p ->> 'did', caller_raw = p ->> 'caller_raw', caller = p ->> 'caller',
    tenant_id = (p ->> 'tenant_id')::uuid, template = p ->> 'template', decision = coalesce(p -> 'decision', '{}'),
    synthetic = coalesce((p ->> 'synthetic')::boolean, false), ringing_at = (p ->> 'ringing_at')::timestamptz
  where call_id = p ->> 'call_id' and opened_at is null;
  return jsonb_build_object('opened', found);
end $$;

-- {call_id, key, kind, at, fields, stage, release} -> {noted}
create function public.note_event_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform pickup.ensure_call(p);
  insert into public.call_events (call_id, key, kind, at, fields, stage, release)
  values (p ->> 'call_id', p ->> 'key', p ->> 'kind', (p ->> 'at')::timestamptz, coalesce(p -> 'fields', '{}'),
          p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('noted', found);
end $$;

-- {call_id, witness, facts, verdict: {disposition, outcome}, transcript, usage, cost_usd, cost_items, traversal, stage,
-- release} -> {completed}. The first witness's verdict and end stay; later ones fill what was left empty. Each
-- account is kept as it came, as an event.
create function public.complete_call_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  told jsonb := coalesce(p -> 'facts', '{}');
  is_first boolean;
begin
  perform pickup.ensure_call(p);
  select completed_at is null into is_first from public.calls where call_id = p ->> 'call_id' for no key update;
  update public.calls c set
    completed_at = coalesce(c.completed_at, now()),
    completed_by = coalesce(c.completed_by, p ->> 'witness'),
    disposition = coalesce(c.disposition, p -> 'verdict' ->> 'disposition'),
    outcome = coalesce(c.outcome, p -> 'verdict' ->> 'outcome'),
    answered_at = coalesce(c.answered_at, (told ->> 'answered_at')::timestamptz),
    ended_at = coalesce(c.ended_at, (told ->> 'ended_at')::timestamptz),
    ended_by = coalesce(c.ended_by, told ->> 'ended_by'),
    end_reason = coalesce(c.end_reason, told ->> 'end_reason'),
    facts = told || jsonb_strip_nulls(c.facts),
    transcript = case when c.transcript = '[]' then coalesce(p -> 'transcript', '[]') else c.transcript end,
    usage = case when c.usage = '[]' then coalesce(p -> 'usage', '[]') else c.usage end,
    cost_usd = coalesce(c.cost_usd, (p ->> 'cost_usd')::numeric),
    cost_items = coalesce(p -> 'cost_items', '{}') || jsonb_strip_nulls(c.cost_items),
    traversal = case when c.traversal = '[]' then coalesce(p -> 'traversal', '[]') else c.traversal end
  where c.call_id = p ->> 'call_id';
  perform public.note_event_v1(jsonb_build_object(
    'call_id', p ->> 'call_id', 'key', 'completion:' || (p ->> 'witness'), 'kind', 'completion',
    'at', coalesce((told ->> 'ended_at')::timestamptz, now()), 'stage', p ->> 'stage', 'release', p ->> 'release',
    'fields', jsonb_build_object('facts', told, 'verdict', p -> 'verdict')));
  return jsonb_build_object('completed', is_first);
end $$;

-- {stage} -> {deleted}. All that a preview's calls left behind, as one (PT-30); other stages are refused.
create function public.forget_stage_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  deleted integer;
begin
  if p ->> 'stage' not like 'preview-%' then
    raise exception 'only a preview''s rows may be deleted as one, not those of %', p ->> 'stage'
      using errcode = 'restrict_violation';
  end if;
  delete from public.alerts where stage = p ->> 'stage';
  delete from public.call_places using public.calls
  where calls.stage = p ->> 'stage' and calls.call_id = call_places.call_id;
  delete from public.calls where stage = p ->> 'stage';
  get diagnostics deleted = row_count;
  return jsonb_build_object('deleted', deleted);
end $$;
