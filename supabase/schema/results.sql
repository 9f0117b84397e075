-- Results of calls: the fields that a call's template names, filled from the transcript after the call. One row a call
-- whose template names any, made by the event `result_wanted` of the call's agent.

create table public.call_results (
  call_id text collate "C" constraint call_results_pkey primary key
    constraint call_results_call_id_fkey references public.calls (call_id) on delete cascade,
  fields jsonb not null constraint call_results_fields_list check (jsonb_typeof(fields) = 'array'),
  state text not null default 'wanted' constraint call_results_state_known check (state in ('wanted', 'filled', 'failed')),
  found jsonb,
  usage jsonb not null default '[]',
  cost_usd numeric(12, 6),
  attempts integer not null default 0,
  next_at timestamptz not null,
  settled_at timestamptz,
  error text,
  stage pickup.stage not null,
  release text not null,
  constraint call_results_filled_has_values check (state <> 'filled' or jsonb_typeof(found) = 'object')
);
comment on column public.call_results.found is 'Field → value; null where the call doesn''t say.';
comment on column public.call_results.cost_usd is 'Of the model''s requests; null: unknown.';
comment on column public.call_results.next_at is 'Until then it belongs to the process that fills it, or waits to be tried again.';
create index call_results_wanted on public.call_results (stage, next_at) where state = 'wanted';

alter table public.call_results enable row level security;
create policy own_call_results on public.call_results for select to authenticated
  using (exists (select from public.calls c where c.call_id = call_results.call_id));
grant select on public.call_results to authenticated;

-- The fields are those of the first template of the call that names any.
create function pickup.want_result() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public.call_results (call_id, fields, next_at, stage, release)
  values (new.call_id, new.fields -> 'fields', pickup.now(), new.stage, new.release)
  on conflict (call_id) do nothing;
  return null;
end $$;

create trigger call_events_want_result after insert on public.call_events
  for each row when (new.kind = 'result_wanted' and jsonb_typeof(new.fields -> 'fields') = 'array')
  execute function pickup.want_result();

-- Whether nobody who knows more of the call is expected to tell of it: its agent has, or there was a minute for it.
create function pickup.is_settled(c public.calls, at timestamptz) returns boolean
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select c.completed_at is not null and (c.completed_by = 'agent' or c.completed_at <= at - interval '1 minute')
$$;

-- What was said in a call, [{speaker, text, at_seconds}, …]: its transcript, or its events where the agent never told.
create function pickup.utterances(c public.calls) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select case when c.transcript <> '[]' then (
    select jsonb_agg(jsonb_build_object(
      'speaker', u -> 'speaker', 'text', coalesce(u ->> 'text', ''),
      'at_seconds', coalesce((u ->> 'at_seconds')::double precision, 0)) order by place)
    from jsonb_array_elements(c.transcript) with ordinality as line (u, place))
  else (
    select coalesce(jsonb_agg(jsonb_build_object(
      'speaker', case e.kind when 'caller_said' then 'caller' else 'agent' end, 'text', coalesce(e.fields ->> 'text', ''),
      'at_seconds', coalesce((e.fields ->> 'at_seconds')::double precision, 0)) order by e.at, e.key), '[]')
    from public.call_events e where e.call_id = c.call_id and e.kind in ('caller_said', 'agent_said')) end
$$;

-- {stage, at, until, limit} -> [{call_id, fields, attempt, timezone, ringing_at, utterances}, …]: results that wait, each
-- for one process until then.
-- Locks: the results' rows, skipping those that others hold.
create function public.claim_results_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  now pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
  claimed pg_catalog.jsonb;
begin
  with due as (
    select r.call_id from public.call_results r join public.calls c on c.call_id = r.call_id
    where r.stage = p ->> 'stage' and r.state = 'wanted' and r.next_at <= now and pickup.is_settled(c, now)
    order by r.next_at, r.call_id limit (p ->> 'limit')::integer
    for no key update of r skip locked
  ), taken as (
    update public.call_results r set attempts = r.attempts + 1, next_at = (p ->> 'until')::pg_catalog.timestamptz
    from due where r.call_id = due.call_id
    returning r.call_id, r.fields, r.attempts
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'call_id', t.call_id, 'fields', t.fields, 'attempt', t.attempts,
    'timezone', coalesce(n.timezone, 'UTC'), 'ringing_at', coalesce(c.ringing_at, c.created_at),
    'utterances', pickup.utterances(c))), '[]') into claimed
  from taken t join public.calls c on c.call_id = t.call_id left join public.tenants n on n.id = c.tenant_id;
  return claimed;
end $$;

-- {call_id, state, found, usage, cost_usd, error, at, next_at} -> {settled}: what became of a try. `state` is `wanted`
-- where it is tried again at next_at. One that is settled stays so.
create function public.settle_result_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.call_results set
    state = p ->> 'state', found = nullif(p -> 'found', 'null'), error = p ->> 'error',
    usage = coalesce(nullif(p -> 'usage', 'null'), '[]'), cost_usd = (p ->> 'cost_usd')::numeric,
    settled_at = case when p ->> 'state' <> 'wanted' then (p ->> 'at')::pg_catalog.timestamptz end,
    next_at = coalesce((p ->> 'next_at')::pg_catalog.timestamptz, next_at)
  where call_id = p ->> 'call_id' and state = 'wanted';
  return jsonb_build_object('settled', found);
end $$;
