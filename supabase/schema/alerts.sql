-- Alerts: one is open per stage and key; each further raise counts up until it is closed.

create table public.alerts (
  id uuid constraint alerts_pkey primary key default gen_random_uuid(),
  stage pickup.stage not null,
  release text not null,
  key text not null,
  severity text not null constraint alerts_severity_known check (severity in ('page', 'notice')),
  title text not null,
  call_id text collate "C",
  fields jsonb not null default '{}',
  raised integer not null default 1,
  first_at timestamptz not null,
  last_at timestamptz not null,
  closed_at timestamptz
);
comment on column public.alerts.call_id is 'The latest call concerned; an alert may come before its call, hence no key.';
create unique index alerts_open_once on public.alerts (stage, key) where closed_at is null;
alter table public.alerts enable row level security;

-- Makes a raise that the spool delivers twice count once.
create table public.alert_raises (
  raise_id text constraint alert_raises_pkey primary key,
  alert_id uuid not null constraint alert_raises_alert_id_fkey references public.alerts (id) on delete cascade,
  at timestamptz not null
);
alter table public.alert_raises enable row level security;

-- {raise_id, key, severity, title, stage, release, at, call_id, fields} -> {raised}: how often by now
-- Locks: the raise's id, then the alert's row.
create function public.raise_alert_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  at pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
  alert public.alerts;
begin
  perform pg_advisory_xact_lock(hashtextextended(p ->> 'raise_id', 0));
  select a.* into alert from public.alert_raises r join public.alerts a on a.id = r.alert_id
  where r.raise_id = p ->> 'raise_id';
  if found then
    return jsonb_build_object('raised', alert.raised);
  end if;
  insert into public.alerts as a (stage, release, key, severity, title, call_id, fields, first_at, last_at)
  values (p ->> 'stage', p ->> 'release', p ->> 'key', p ->> 'severity', p ->> 'title', p ->> 'call_id',
          coalesce(nullif(p -> 'fields', 'null'), '{}'), at, at)
  on conflict (stage, key) where closed_at is null do update set
    raised = a.raised + 1, last_at = greatest(a.last_at, excluded.last_at),
    first_at = least(a.first_at, excluded.first_at),
    severity = case when a.severity = 'page' then 'page' else excluded.severity end,
    title = excluded.title, release = excluded.release, call_id = coalesce(excluded.call_id, a.call_id),
    fields = a.fields || excluded.fields
  returning * into alert;
  insert into public.alert_raises (raise_id, alert_id, at) values (p ->> 'raise_id', alert.id, at);
  return jsonb_build_object('raised', alert.raised);
end $$;

-- {key, stage, at} -> {closed}. An alert first raised after `at` stays open: a close that the spool delivers late is
-- about an earlier one.
create function public.close_alert_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.alerts set closed_at = (p ->> 'at')::pg_catalog.timestamptz
  where stage = p ->> 'stage' and key = p ->> 'key' and closed_at is null
    and first_at <= (p ->> 'at')::pg_catalog.timestamptz;
  return jsonb_build_object('closed', found);
end $$;

-- {stage} -> [alert, …], oldest first
create function public.open_alerts_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(a) order by a.first_at, a.key), '[]')
  from public.alerts a where a.stage = p ->> 'stage' and a.closed_at is null
$$;
