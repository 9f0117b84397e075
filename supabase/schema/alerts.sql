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
  closed_at timestamptz,
  acked_at timestamptz,
  acked_by text,
  silenced_until timestamptz,
  constraint alerts_ack_has_name check (acked_at is null or acked_by ~ '\S')
);
comment on column public.alerts.call_id is 'The latest call concerned; an alert may come before its call, hence no key.';
comment on column public.alerts.silenced_until is 'Until then nothing is sent about it.';
create unique index alerts_open_once on public.alerts (stage, key) where closed_at is null;
create index alerts_by_key on public.alerts (stage, key, first_at);
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

-- Messages about alerts, one row for each that was begun.
create table public.alert_notices (
  alert_id uuid not null constraint alert_notices_alert_id_fkey references public.alerts (id) on delete cascade,
  channel text not null constraint alert_notices_channel_known check (channel in ('sms', 'mail', 'chat')),
  kind text not null constraint alert_notices_kind_known check (kind in ('opened', 'again', 'closed')),
  round integer not null,
  raised integer not null,
  cause text not null,
  attempts integer not null default 1,
  tried_at timestamptz not null,
  next_at timestamptz not null,
  sent_at timestamptz,
  given_up_at timestamptz,
  error text,
  constraint alert_notices_pkey primary key (alert_id, channel, kind, round)
);
comment on column public.alert_notices.next_at is 'Until then it belongs to the process that tries it, or waits to be tried again.';
alter table public.alert_notices enable row level security;

-- {key, stage, at, by, silenced_until} -> {acked}. The first name stays; a silence may be set anew, and always ends.
create function public.ack_alert_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.alerts set
    acked_at = coalesce(acked_at, (p ->> 'at')::pg_catalog.timestamptz), acked_by = coalesce(acked_by, p ->> 'by'),
    silenced_until = coalesce((p ->> 'silenced_until')::pg_catalog.timestamptz, silenced_until)
  where stage = p ->> 'stage' and key = p ->> 'key' and closed_at is null;
  return jsonb_build_object('acked', found);
end $$;

-- {stage, since} -> [{alert_id, key, severity, title, call_id, fields, release, raised, first_at, closed_at, acked_at,
-- silenced_until, cause, messages: [notice, …], earlier: {at, cause, swings} | null, contact: {mail, sms} | null}, …]: open
-- alerts, and those closed since then. `earlier` is the latest message about an older alert of the key; `contact` is the
-- tenant's, where it isn't a demo.
create function public.alerts_to_tell_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'alert_id', a.id, 'key', a.key, 'severity', a.severity, 'title', a.title, 'call_id', a.call_id, 'fields', a.fields,
    'release', a.release, 'raised', a.raised, 'first_at', a.first_at, 'closed_at', a.closed_at,
    'acked_at', a.acked_at, 'silenced_until', a.silenced_until, 'cause', coalesce(a.fields ->> 'cause', ''),
    'messages', (select coalesce(jsonb_agg(to_jsonb(n) order by n.tried_at), '[]') from public.alert_notices n
             where n.alert_id = a.id),
    'earlier', (
      select jsonb_build_object('at', n.tried_at, 'cause', n.cause, 'swings', (
        select count(*) from public.alerts s
        where s.stage = a.stage and s.key = a.key and s.first_at > o.first_at and s.first_at <= a.first_at))
      from public.alerts o join public.alert_notices n on n.alert_id = o.id
      where o.stage = a.stage and o.key = a.key and o.id <> a.id and o.first_at <= a.first_at and n.kind <> 'closed'
      order by n.tried_at desc limit 1),
    'contact', (
      select jsonb_build_object('mail', t.escalation_contact_email, 'sms', t.extras ->> 'escalation_contact_phone')
      from public.tenants t where not t.is_demo and t.id::pg_catalog.text = a.fields ->> 'tenant_id'))
    order by a.severity = 'page' desc, a.first_at, a.key), '[]')
  from public.alerts a
  where a.stage = p ->> 'stage' and (a.closed_at is null or a.closed_at >= (p ->> 'since')::pg_catalog.timestamptz)
$$;

-- {alert_id, channel, kind, round, raised, cause, at, next_at} -> {claimed, attempts}. Of processes that would send the
-- same message one claims it, until next_at. One that was sent or given up is claimed no more.
create function public.claim_notice_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  tries pg_catalog.int4;
begin
  insert into public.alert_notices as n (alert_id, channel, kind, round, raised, cause, tried_at, next_at)
  values ((p ->> 'alert_id')::pg_catalog.uuid, p ->> 'channel', p ->> 'kind', (p ->> 'round')::pg_catalog.int4,
          (p ->> 'raised')::pg_catalog.int4, p ->> 'cause', (p ->> 'at')::pg_catalog.timestamptz,
          (p ->> 'next_at')::pg_catalog.timestamptz)
  on conflict (alert_id, channel, kind, round) do update set
    attempts = n.attempts + 1, tried_at = excluded.tried_at, next_at = excluded.next_at, raised = excluded.raised
    where n.sent_at is null and n.given_up_at is null and n.next_at <= excluded.tried_at
  returning n.attempts into tries;
  return jsonb_build_object('claimed', tries is not null, 'attempts', coalesce(tries, 0));
end $$;

-- {alert_id, channel, kind, round, sent_at, given_up_at, next_at, error} -> {noted}: what became of a try. A message that
-- was sent stays sent.
create function public.note_notice_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.alert_notices set
    sent_at = (p ->> 'sent_at')::pg_catalog.timestamptz,
    given_up_at = (p ->> 'given_up_at')::pg_catalog.timestamptz,
    next_at = coalesce((p ->> 'next_at')::pg_catalog.timestamptz, next_at), error = p ->> 'error'
  where alert_id = (p ->> 'alert_id')::pg_catalog.uuid and channel = p ->> 'channel' and kind = p ->> 'kind'
    and round = (p ->> 'round')::pg_catalog.int4 and sent_at is null;
  return jsonb_build_object('noted', found);
end $$;
