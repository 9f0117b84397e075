-- The end of a call. Several witnesses give an account of it, in any order; each part of the end is taken from the best
-- witness that has it, so the row is the same whatever the order.

-- How near a witness was to the call: the agent was in it, the watchdog only finds what is left.
create function pickup.rank(witness text) returns integer
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(array_position(array['watchdog', 'room_finished', 'carrier', 'agent'], witness), 0)
$$;

-- The parts that an account has: each fact by itself, the verdict as one, usage and cost as one. A null or empty value
-- is no part.
create function pickup.parts_of(account jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
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

-- {call_id, witness, facts, verdict: {disposition, outcome}, transcript, usage, cost_usd, cost_items, traversal,
-- template_version, stage, release} -> {completed}: whether this is the first account. Only the first account of a witness counts, but for the
-- carrier's: each event of its, in any order, makes a newer account. The first of each witness is kept as an event.
-- Locks: the alias, then the call's row.
create function public.complete_call_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  witness pg_catalog.text := p ->> 'witness';
  before public.calls;
  better pg_catalog.jsonb;
  known pg_catalog.jsonb;
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  select * into before from public.calls where call_id = p ->> 'call_id' for no key update;
  select coalesce(jsonb_object_agg(key, value), '{}') into better
  from jsonb_each(pickup.parts_of(p))
  where pickup.rank(witness) > coalesce(pickup.rank(before.witnesses ->> key), 0)
    or (witness = 'carrier' and before.witnesses ->> key = 'carrier');
  known := before.facts || (better - array['verdict', 'transcript', 'traversal', 'bill']);
  update public.calls c set
    completed_at = coalesce(c.completed_at, pickup.now()),
    completed_by = case when better ? 'verdict' then witness else c.completed_by end,
    disposition = coalesce(better -> 'verdict' ->> 'disposition', c.disposition),
    outcome = coalesce(better -> 'verdict' ->> 'outcome', c.outcome),
    facts = known,
    answered_at = (known ->> 'answered_at')::pg_catalog.timestamptz,
    ended_at = (known ->> 'ended_at')::pg_catalog.timestamptz,
    ended_by = known ->> 'ended_by',
    end_reason = known ->> 'end_reason',
    template_version = coalesce(p ->> 'template_version', c.template_version),
    transcript = coalesce(better -> 'transcript', c.transcript),
    traversal = coalesce(better -> 'traversal', c.traversal),
    usage = coalesce(better -> 'bill' -> 'usage', c.usage),
    cost_usd = case when better ? 'bill' then (better -> 'bill' ->> 'cost_usd')::numeric else c.cost_usd end,
    cost_items = coalesce(better -> 'bill' -> 'cost_items', c.cost_items),
    witnesses = c.witnesses
      || coalesce((select jsonb_object_agg(part, witness) from jsonb_object_keys(better) as part), '{}')
  where c.call_id = p ->> 'call_id';
  perform public.note_event_v1(jsonb_build_object(
    'call_id', p ->> 'call_id', 'key', 'completion:' || witness, 'kind', 'completion',
    'at', coalesce((p -> 'facts' ->> 'ended_at')::pg_catalog.timestamptz, pickup.now()), 'stage', p ->> 'stage',
    'release', p ->> 'release',
    'fields', jsonb_build_object('facts', coalesce(p -> 'facts', '{}'), 'verdict', p -> 'verdict')));
  return jsonb_build_object('completed', before.completed_at is null);
end $$;

-- {call_id} -> {over}: whether any account of the call's end has come. By the call's own id only.
create function public.call_over_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('over', exists (
    select from public.calls where call_id = p ->> 'call_id' and completed_at is not null))
$$;

-- {stage, since} -> {abandoned}: how many callers hung up before anybody answered. Synthetic calls don't count.
create function public.abandonments_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('abandoned', count(*))
  from public.calls
  where stage = p ->> 'stage' and disposition = 'ABANDONED' and not synthetic
    and coalesce(ringing_at, created_at) >= (p ->> 'since')::pg_catalog.timestamptz
$$;
