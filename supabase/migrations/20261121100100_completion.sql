-- The end of a call as several witnesses tell it: each part is told by the best of those who know it, in whatever order
-- they come. And the calls that nobody has told the end of.

alter table public.calls add column told_by jsonb not null default '{}';
comment on column public.calls.told_by is 'Part of the end → the witness it is from.';
update public.calls c set told_by = (
    select coalesce(jsonb_object_agg(part, c.completed_by), '{}')
    from (select jsonb_object_keys(jsonb_strip_nulls(c.facts)) as part
          union select unnest(array['verdict', 'transcript', 'traversal', 'bill'])) as parts)
where c.completed_at is not null;

create index calls_open on public.calls (stage, coalesce(ringing_at, created_at)) where completed_at is null;

-- Who was nearer to the call. The agent was in it; the reaper only finds what is left.
create function pickup.rank(witness text) returns integer
language sql immutable as $$
  select coalesce(array_position(array['reaper', 'room_finished', 'carrier', 'agent'], witness), 0)
$$;

-- The parts that an account tells: each fact by itself, the verdict as one, usage and cost as one. What is null or
-- empty isn't told.
create function pickup.parts_told(account jsonb) returns jsonb
language sql immutable as $$
  select coalesce(jsonb_object_agg(key, value), '{}')
  from jsonb_each(
    coalesce(account -> 'facts', '{}') || jsonb_build_object(
      'verdict', account -> 'verdict', 'transcript', account -> 'transcript', 'traversal', account -> 'traversal',
      'bill', nullif(
        jsonb_build_object('usage', coalesce(account -> 'usage', '[]'), 'cost_usd', account -> 'cost_usd',
                           'cost_items', coalesce(account -> 'cost_items', '{}')),
        '{"usage": [], "cost_usd": null, "cost_items": {}}')))
  where value not in ('null', '[]', '{}')
$$;

-- {call_id, witness, facts, verdict: {disposition, outcome}, transcript, usage, cost_usd, cost_items, traversal, stage,
-- release} -> {completed}: whether nobody had told before. Of what several tell, the best witness's word stands; who
-- tells twice is heard once. Each account is kept as an event.
create or replace function public.complete_call_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  witness text := p ->> 'witness';
  before public.calls;
  better jsonb;
  known jsonb;
begin
  perform pickup.ensure_call(p);
  select * into before from public.calls where call_id = p ->> 'call_id' for no key update;
  select coalesce(jsonb_object_agg(key, value), '{}') into better
  from jsonb_each(pickup.parts_told(p))
  where pickup.rank(witness) > coalesce(pickup.rank(before.told_by ->> key), 0);
  known := before.facts || (better - array['verdict', 'transcript', 'traversal', 'bill']);
  update public.calls c set
    completed_at = coalesce(c.completed_at, now()),
    completed_by = case when better ? 'verdict' then witness else c.completed_by end,
    disposition = coalesce(better -> 'verdict' ->> 'disposition', c.disposition),
    outcome = coalesce(better -> 'verdict' ->> 'outcome', c.outcome),
    facts = known,
    answered_at = (known ->> 'answered_at')::timestamptz,
    ended_at = (known ->> 'ended_at')::timestamptz,
    ended_by = known ->> 'ended_by',
    end_reason = known ->> 'end_reason',
    transcript = coalesce(better -> 'transcript', c.transcript),
    traversal = coalesce(better -> 'traversal', c.traversal),
    usage = coalesce(better -> 'bill' -> 'usage', c.usage),
    cost_usd = case when better ? 'bill' then (better -> 'bill' ->> 'cost_usd')::numeric else c.cost_usd end,
    cost_items = coalesce(better -> 'bill' -> 'cost_items', c.cost_items),
    told_by = c.told_by || coalesce((select jsonb_object_agg(part, witness) from jsonb_object_keys(better) part), '{}')
  where c.call_id = p ->> 'call_id';
  perform public.note_event_v1(jsonb_build_object(
    'call_id', p ->> 'call_id', 'key', 'completion:' || witness, 'kind', 'completion',
    'at', coalesce((p -> 'facts' ->> 'ended_at')::timestamptz, now()), 'stage', p ->> 'stage',
    'release', p ->> 'release',
    'fields', jsonb_build_object('facts', coalesce(p -> 'facts', '{}'), 'verdict', p -> 'verdict')));
  return jsonb_build_object('completed', before.completed_at is null);
end $$;

-- {stage, before, limit} -> [record, …]: calls that began before then and have no end yet, oldest first, whole
create function public.open_calls_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select coalesce(jsonb_agg(pickup.call_record(c) || pickup.call_details(c.call_id)
                            order by coalesce(c.ringing_at, c.created_at), c.call_id), '[]')
  from (select call_id from public.calls
        where stage = p ->> 'stage' and completed_at is null
          and coalesce(ringing_at, created_at) < (p ->> 'before')::timestamptz
        order by coalesce(ringing_at, created_at), call_id
        limit (p ->> 'limit')::integer) as waiting
  join public.calls c using (call_id)
$$;
