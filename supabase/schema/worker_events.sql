-- What workers said of themselves and what was done to heal them: for operators and the watchdog. A call depends on none.

create table public.worker_events (
  event_id text constraint worker_events_pkey primary key,
  stage pickup.stage not null,
  release text not null,
  worker_id text collate "C" not null,
  name text collate "C" not null constraint worker_events_name_known check (name ~ '^voice(\.[a-z_]+){2,3}$'),
  at timestamptz not null,
  noted_at timestamptz not null default pickup.now(),
  call_id text collate "C",
  fields jsonb not null default '{}'
);
comment on column public.worker_events.at is 'By the clock of the machine that wrote it.';
comment on column public.worker_events.noted_at is 'By this database''s clock, the one by which a worker is fresh or stale.';
comment on column public.worker_events.call_id is 'The call concerned; an event may come before its call, hence no key.';
create index worker_events_by_name on public.worker_events (stage, name, noted_at);
create index worker_events_by_worker on public.worker_events (stage, worker_id, noted_at);
alter table public.worker_events enable row level security;

-- {event_id, stage, release, worker_id, name, at, call_id, fields} -> {noted}: false for one that is there already.
create function public.note_worker_event_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public.worker_events (event_id, stage, release, worker_id, name, at, call_id, fields)
  values (p ->> 'event_id', p ->> 'stage', p ->> 'release', p ->> 'worker_id', p ->> 'name',
          (p ->> 'at')::pg_catalog.timestamptz, p ->> 'call_id', coalesce(nullif(p -> 'fields', 'null'), '{}'))
  on conflict (event_id) do nothing;
  return jsonb_build_object('noted', found);
end $$;

-- {stage, name, seconds, worker_id, limit} -> [event, …]: the newest of the last seconds whose names are `name` or begin
-- with it, in the order of their times. Of all workers where no id is given.
create function public.worker_events_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(e) order by e.at, e.noted_at, e.event_id), '[]') from (
    select * from public.worker_events w
    where w.stage = p ->> 'stage' and starts_with(w.name, p ->> 'name')
      and (p ->> 'worker_id' is null or w.worker_id = p ->> 'worker_id')
      and w.noted_at >= pickup.now() - make_interval(secs => (p ->> 'seconds')::pg_catalog.float8)
    order by w.at desc, w.noted_at desc, w.event_id desc
    limit least((p ->> 'limit')::pg_catalog.int4, 10000)
  ) e
$$;

-- {stage, seconds} -> {at, workers: [{worker_id, release, started_at, heartbeat_at, stopped_at, fields}, …]}: those that
-- wrote an event in the last seconds, with the fields of their last heartbeats; `at` is the clock by which to judge them.
create function public.workers_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('at', pickup.now(), 'workers', coalesce(jsonb_agg(to_jsonb(w) order by w.worker_id), '[]'))
  from (
    select e.worker_id, (array_agg(e.release order by e.noted_at desc))[1] as release,
      max(e.noted_at) filter (where e.name = 'voice.worker.started') as started_at,
      max(e.noted_at) filter (where e.name = 'voice.worker.heartbeat') as heartbeat_at,
      max(e.noted_at) filter (where e.name = 'voice.worker.stopped') as stopped_at,
      (array_agg(e.fields order by e.at desc) filter (where e.name = 'voice.worker.heartbeat'))[1] as fields
    from public.worker_events e
    where e.stage = p ->> 'stage' and e.noted_at >= pickup.now() - make_interval(secs => (p ->> 'seconds')::pg_catalog.float8)
      and e.name in ('voice.worker.started', 'voice.worker.heartbeat', 'voice.worker.stopped')
    group by e.worker_id
  ) w
$$;

-- {stage} -> {deleted}: heartbeats are kept for 14 days, what else workers said and heals for 400. At most 5000 at once.
create function public.forget_worker_events_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  gone integer;
begin
  delete from public.worker_events where event_id in (
    select e.event_id from public.worker_events e
    where e.stage = p ->> 'stage' and e.noted_at < pickup.now() -
      case when e.name = 'voice.worker.heartbeat' then interval '14 days' else interval '400 days' end
    limit 5000);
  get diagnostics gone = row_count;
  return jsonb_build_object('deleted', gone);
end $$;
