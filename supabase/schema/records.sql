-- Records: a call as it is read back, with all that hangs on it.

-- A call's row as it is answered: with its tenant's name, and money as text.
create function pickup.call_record(c public.calls) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(c) || jsonb_build_object(
    'tenant_name', (select t.name from public.tenants t where t.id = c.tenant_id),
    'cost_usd', c.cost_usd::pg_catalog.text)
$$;

create function pickup.call_details(wanted text) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'events', (select coalesce(jsonb_agg(to_jsonb(e) order by e.at, e.key), '[]')
               from public.call_events e where e.call_id = wanted),
    'consents', (select coalesce(jsonb_agg(to_jsonb(s) order by s.at, s.key), '[]')
                 from public.consents s where s.call_id = wanted),
    'recordings', (select coalesce(jsonb_agg(to_jsonb(r) order by r.started_at), '[]')
                   from public.recordings r where r.call_id = wanted),
    'room_ids', (select coalesce(jsonb_agg(a.alias order by a.alias), '[]')
                 from public.call_aliases a where a.call_id = wanted),
    'requests', pickup.requests_of(wanted),
    'achieved', pickup.achieved(wanted),
    'result', (select to_jsonb(r) - 'fields' || jsonb_build_object('cost_usd', r.cost_usd::pg_catalog.text)
               from public.call_results r where r.call_id = wanted))
$$;

-- {call_id} -> record | null. The call's id, an unambiguous beginning of it (at least 6 characters), or another whole
-- name of the call.
create function public.find_call_v1(p jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted pg_catalog.text := coalesce(
    (select a.call_id from public.call_aliases a where a.alias = p ->> 'call_id'), p ->> 'call_id');
  found_call public.calls;
  matches integer;
begin
  select * into found_call from public.calls where call_id = wanted;
  if not found and length(wanted) >= 6 then
    select count(*) into matches from public.calls where call_id >= wanted and call_id < wanted || U&'\+10FFFF';
    if matches > 1 then
      raise exception '% is the beginning of % calls; give more of it', wanted, matches using errcode = 'too_many_rows';
    end if;
    select * into found_call from public.calls where call_id >= wanted and call_id < wanted || U&'\+10FFFF';
  end if;
  if found_call.call_id is null then
    return null;
  end if;
  return pickup.call_record(found_call) || pickup.call_details(found_call.call_id);
end $$;

-- {stage, limit} -> [record, …], newest first, without what hangs on them
create function public.recent_calls_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(pickup.call_record(c) order by coalesce(c.ringing_at, c.created_at) desc, c.call_id), '[]')
  from (select * from public.calls
        where stage = p ->> 'stage'
        order by coalesce(ringing_at, created_at) desc, call_id
        limit (p ->> 'limit')::integer) as recent
  join public.calls c using (call_id)
$$;

-- {stage, before, limit} -> [record, …], whole, oldest first: calls that began before then and have no end yet
create function public.open_calls_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(pickup.call_record(c) || pickup.call_details(c.call_id)
                            order by coalesce(c.ringing_at, c.created_at), c.call_id), '[]')
  from (select call_id from public.calls
        where stage = p ->> 'stage' and completed_at is null
          and coalesce(ringing_at, created_at) < (p ->> 'before')::pg_catalog.timestamptz
        order by coalesce(ringing_at, created_at), call_id
        limit (p ->> 'limit')::integer) as waiting
  join public.calls c using (call_id)
$$;

-- Who read the numbers of a call in full, and when. Logs have them masked.
create table public.number_reads (
  id uuid constraint number_reads_pkey primary key default gen_random_uuid(),
  call_id text collate "C" not null
    constraint number_reads_call_id_fkey references public.calls (call_id) on delete cascade,
  reader text not null constraint number_reads_reader_named check (reader <> ''),
  role text not null,
  at timestamptz not null default pickup.now(),
  stage pickup.stage not null
);
comment on column public.number_reads.reader is 'The operator, as they named themselves.';
comment on column public.number_reads.role is 'The database role that they read by.';
create index number_reads_call on public.number_reads (call_id);
alter table public.number_reads enable row level security;

-- {call_id, reader} -> {call_id, stage, ringing_at, did_raw, did, caller_raw, caller, reason, room_ids} | null: a call's
-- numbers as they came and as they are compared, and why the call was turned away or admitted. Each reading leaves a row.
create function public.call_numbers_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted pg_catalog.text := coalesce(
    (select a.call_id from public.call_aliases a where a.alias = p ->> 'call_id'), p ->> 'call_id');
  found_call public.calls;
begin
  select * into found_call from public.calls where call_id = wanted;
  if not found then
    return null;
  end if;
  insert into public.number_reads (call_id, reader, role, stage)
  values (wanted, p ->> 'reader', pickup.caller()::pg_catalog.text, found_call.stage);
  return jsonb_build_object(
    'call_id', wanted, 'stage', found_call.stage, 'ringing_at', found_call.ringing_at,
    'did_raw', found_call.did_raw, 'did', found_call.did,
    'caller_raw', found_call.caller_raw, 'caller', found_call.caller,
    'reason', found_call.decision ->> 'reason',
    'room_ids', (select coalesce(jsonb_agg(a.alias order by a.alias), '[]')
                 from public.call_aliases a where a.call_id = wanted));
end $$;

-- {stage, limit, reader} -> [{call_id, at, reason, tenant_id, did_raw, did, caller_raw, caller, room_ids}, …]: the newest
-- calls that were turned away. The callers' numbers are null without a `reader`; with one each that is shown leaves a row
-- of the reading.
create function public.turned_away_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  reader pg_catalog.text := p ->> 'reader';
  found_calls pg_catalog.jsonb;
begin
  with turned_away as (
    select c.* from public.calls c
    where c.stage = p ->> 'stage' and c.decision ->> 'kind' in ('announce', 'reject')
    order by coalesce(c.ringing_at, c.created_at) desc, c.call_id limit (p ->> 'limit')::integer
  ), seen as (
    insert into public.number_reads (call_id, reader, role, stage)
    select t.call_id, reader, pickup.caller()::pg_catalog.text, t.stage from turned_away t where reader is not null
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'call_id', t.call_id, 'at', coalesce(t.ringing_at, t.created_at), 'reason', t.decision ->> 'reason',
    'tenant_id', t.tenant_id, 'did', t.did,
    'did_raw', case when reader is not null then t.did_raw end,
    'caller_raw', case when reader is not null then t.caller_raw end,
    'caller', case when reader is not null then t.caller end,
    'room_ids', (select coalesce(jsonb_agg(a.alias order by a.alias), '[]')
                 from public.call_aliases a where a.call_id = t.call_id))
    order by coalesce(t.ringing_at, t.created_at) desc, t.call_id), '[]') into found_calls
  from turned_away t;
  return found_calls;
end $$;

-- {stage, name, since} -> {rollout, versions: [{version, created_at, calls, answered, outcomes: {outcome: calls},
-- median_seconds, cost_usd}, …]}: a template's versions, the newest first, each with the calls that it has served to their
-- end; `shipped` comes last. Synthetic calls don't count.
create function public.template_history_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with served as (
    select coalesce(c.template_version, 'shipped') as version, c.outcome, c.disposition, c.cost_usd,
      extract(epoch from c.ended_at - c.answered_at)::double precision as seconds
    from public.calls c
    where c.stage = p ->> 'stage' and c.template = p ->> 'name' and c.completed_at is not null and not c.synthetic
      and coalesce(c.ringing_at, c.created_at) >= coalesce((p ->> 'since')::pg_catalog.timestamptz, '-infinity')
  ), counted as (
    select version, count(*) as calls, count(*) filter (where disposition = 'ANSWERED') as answered,
      percentile_cont(0.5) within group (order by seconds) as median_seconds, sum(cost_usd) as cost_usd
    from served group by version
  ), known as (
    select t.version::pg_catalog.text as version, t.version as position, t.created_at
    from public.templates t where t.name = p ->> 'name'
    union all select 'shipped', 0, null
  )
  select jsonb_build_object('rollout', pickup.rollout_of(p ->> 'stage', p ->> 'name'), 'versions', (
    select jsonb_agg(jsonb_build_object(
      'version', k.version, 'created_at', k.created_at, 'calls', coalesce(c.calls, 0),
      'answered', coalesce(c.answered, 0), 'median_seconds', c.median_seconds, 'cost_usd', c.cost_usd::pg_catalog.text,
      'outcomes', (select coalesce(jsonb_object_agg(outcome, calls), '{}') from (
        select s.outcome, count(*) as calls from served s where s.version = k.version group by s.outcome) as each_outcome))
      order by k.position desc)
    from known k left join counted c using (version)))
$$;
