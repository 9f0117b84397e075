-- Deliveries: events that a tenant's webhook is sent, by standard-webhooks. The outbox is filled in the transaction that
-- completes a call, or that does what an event tells of, so none is lost; processes take turns at each endpoint, so its
-- events come in their order.

create table public.webhook_endpoints (
  endpoint_id uuid constraint webhook_endpoints_pkey primary key default gen_random_uuid(),
  stage pickup.stage not null,
  tenant_id uuid not null
    constraint webhook_endpoints_tenant_id_fkey references public.tenants (id) on delete cascade,
  url text not null constraint webhook_endpoints_url_http check (url ~ '^https?://\S+$'),
  secret text not null constraint webhook_endpoints_secret_whsec check (secret ~ '^whsec_[A-Za-z0-9+/]+=*$'),
  previous_secret text constraint webhook_endpoints_previous_whsec check (previous_secret ~ '^whsec_[A-Za-z0-9+/]+=*$'),
  previous_until timestamptz,
  with_transcript boolean not null default false,
  created_at timestamptz not null default pickup.now(),
  disabled_at timestamptz,
  disabled_reason text,
  busy_until timestamptz,
  constraint webhook_endpoints_once unique (stage, tenant_id),
  constraint webhook_endpoints_previous_ends check ((previous_secret is null) = (previous_until is null))
);
comment on column public.webhook_endpoints.previous_until is 'Until then both secrets sign.';
comment on column public.webhook_endpoints.busy_until is 'Until then it belongs to the process that delivers to it.';
alter table public.webhook_endpoints enable row level security;

create table public.deliveries (
  event_id text collate "C" constraint deliveries_pkey primary key,
  place bigint generated always as identity,
  endpoint_id uuid not null
    constraint deliveries_endpoint_id_fkey references public.webhook_endpoints (endpoint_id) on delete cascade,
  kind text not null constraint deliveries_kind_named check (kind ~ '^[a-z_]+\.[a-z_]+$'),
  call_id text collate "C"
    constraint deliveries_call_id_fkey references public.calls (call_id) on delete cascade,
  body jsonb,
  state text not null default 'waiting'
    constraint deliveries_state_known check (state in ('waiting', 'delivered', 'dead')),
  attempts integer not null default 0,
  failures integer not null default 0,
  holds_line boolean not null default true,
  created_at timestamptz not null,
  since timestamptz not null,
  next_at timestamptz not null,
  ended_at timestamptz,
  last_status integer,
  last_error text,
  stage pickup.stage not null
);
comment on column public.deliveries.place is 'The order in which an endpoint gets them.';
comment on column public.deliveries.body is 'As it was sent first; null before, of a call.';
comment on column public.deliveries.since is 'When it was due first, or an operator had it tried again; failures count from then.';
comment on column public.deliveries.holds_line is 'Whether those behind it wait: not where the receiver refuses this one alone.';
create index deliveries_waiting on public.deliveries (endpoint_id, place) where state = 'waiting';
create index deliveries_recent on public.deliveries (stage, place desc);
create index deliveries_call on public.deliveries (call_id);
alter table public.deliveries enable row level security;

create table public.delivery_attempts (
  event_id text collate "C" not null
    constraint delivery_attempts_event_id_fkey references public.deliveries (event_id) on delete cascade,
  attempt integer not null,
  at timestamptz not null,
  status integer,
  error text,
  seconds numeric(8, 3) not null,
  constraint delivery_attempts_pkey primary key (event_id, attempt)
);
alter table public.delivery_attempts enable row level security;

-- A call whose end and whose tenant are known, in whatever order they came, is told to the tenant's webhook, once. Calls
-- from before the webhook was set aren't, nor are our own test calls.
create function pickup.enqueue_call() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public.deliveries (event_id, endpoint_id, kind, call_id, created_at, since, next_at, stage)
  select 'call_completed_' || new.call_id, e.endpoint_id, 'call.completed', new.call_id, pickup.now(), pickup.now(),
    pickup.now(), new.stage
  from public.webhook_endpoints e
  where e.stage = new.stage and e.tenant_id = new.tenant_id and e.created_at <= new.completed_at
  on conflict (event_id) do nothing;
  return null;
end $$;

create trigger calls_enqueue after update of completed_at, tenant_id on public.calls
  for each row when (new.completed_at is not null and new.tenant_id is not null and not new.synthetic
    and (old.completed_at is null or old.tenant_id is null))
  execute function pickup.enqueue_call();

-- Tells the tenant's webhook of what a business has done in a call: `kind` is like `order.confirmed`, `data` what the
-- receiver is told. The same event id again changes nothing. Not of what came before the webhook was set, nor of our own
-- test calls.
create function pickup.enqueue_event(event_id text, kind text, call_id text, tenant_id uuid, at timestamptz, data jsonb)
returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into public.deliveries (event_id, endpoint_id, kind, call_id, body, created_at, since, next_at, stage)
  select enqueue_event.event_id, e.endpoint_id, enqueue_event.kind, c.call_id,
    jsonb_build_object('type', enqueue_event.kind, 'timestamp', at, 'data', data), at, at, at, c.stage
  from public.calls c
  join public.webhook_endpoints e on e.stage = c.stage and e.tenant_id = enqueue_event.tenant_id
  where c.call_id = enqueue_event.call_id and not c.synthetic and e.created_at <= at
  on conflict (event_id) do nothing
$$;

-- {tenant_id, stage, url, secret, with_transcript} -> {made}. A tenant has one webhook in a stage; setting it again
-- changes its address, keeps its secret, and enables it.
create function public.set_webhook_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.webhook_endpoints set
    url = p ->> 'url', with_transcript = (p ->> 'with_transcript')::boolean, disabled_at = null, disabled_reason = null
  where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid;
  if found then
    return jsonb_build_object('made', false);
  end if;
  insert into public.webhook_endpoints (stage, tenant_id, url, secret, with_transcript)
  values (p ->> 'stage', (p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'url', p ->> 'secret',
          (p ->> 'with_transcript')::boolean)
  on conflict (stage, tenant_id) do update set url = excluded.url, with_transcript = excluded.with_transcript;
  return jsonb_build_object('made', true);
end $$;

-- {tenant_id, stage, secret, previous_until} -> {rotated}: whether there is such a webhook. The same secret again
-- changes nothing.
create function public.rotate_webhook_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.webhook_endpoints set
    previous_secret = case when secret = p ->> 'secret' then previous_secret else secret end,
    previous_until = case when secret = p ->> 'secret' then previous_until
      else (p ->> 'previous_until')::pg_catalog.timestamptz end,
    secret = p ->> 'secret'
  where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid;
  return jsonb_build_object('rotated', found);
end $$;

-- {tenant_id, stage} -> {removed}: whether there was such a webhook. Its deliveries go with it, those that wait too.
create function public.remove_webhook_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from public.webhook_endpoints
  where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid;
  return jsonb_build_object('removed', found);
end $$;

-- What an endpoint is sent next, null for nothing: the first that waits and is due, unless one before it holds the line.
-- A call's result is waited for, an hour at most.
create function pickup.next_delivery(wanted uuid, now timestamptz) returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select d.event_id from public.deliveries d
  where d.endpoint_id = wanted and d.state = 'waiting' and d.next_at <= now
    and not exists (select from public.deliveries b
      where b.endpoint_id = wanted and b.state = 'waiting' and b.place < d.place and b.holds_line)
    and (d.body is not null or d.call_id is null or exists (
      select from public.calls c left join public.call_results r on r.call_id = c.call_id and r.state = 'wanted'
      where c.call_id = d.call_id and pickup.is_settled(c, now)
        and (r.call_id is null or c.completed_at <= now - interval '1 hour')))
  order by d.place limit 1
$$;

-- A finished call, as the body of its delivery tells of it.
create function pickup.finished_call(c public.calls, with_transcript boolean) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'call_id', c.call_id, 'direction', c.direction, 'did', c.did, 'caller', c.caller, 'template', c.template,
    'template_version', c.template_version, 'ringing_at', c.ringing_at, 'answered_at', c.answered_at,
    'ended_at', c.ended_at, 'completed_at', c.completed_at, 'disposition', c.disposition, 'outcome', c.outcome,
    'achieved', pickup.achieved(c.call_id),
    'ended_by', c.ended_by, 'end_reason', c.end_reason, 'cost_usd', c.cost_usd::pg_catalog.text,
    'result', r.found, 'result_wanted', r.call_id is not null, 'result_cost_usd', r.cost_usd::pg_catalog.text,
    'utterances', case when with_transcript then pickup.utterances(c) end)
  from (values (1)) as one left join public.call_results r on r.call_id = c.call_id
$$;

-- {stage, at, until, limit} -> [{event_id, kind, attempt, failures, since, tenant_id, call_id, url, secrets, body, call},
-- …]: at most one for each endpoint, whose turn is the caller's until then.
-- Locks: the endpoints' rows, skipping those that others hold.
create function public.claim_deliveries_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  now pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
  endpoint public.webhook_endpoints;
  delivery public.deliveries;
  claimed pg_catalog.jsonb := '[]';
begin
  for endpoint in
    select e.* from public.webhook_endpoints e
    where e.stage = p ->> 'stage' and e.disabled_at is null and coalesce(e.busy_until <= now, true)
      and pickup.next_delivery(e.endpoint_id, now) is not null
    order by e.busy_until nulls first, e.endpoint_id
    limit (p ->> 'limit')::integer
    for no key update of e skip locked
  loop
    update public.deliveries set attempts = attempts + 1
    where event_id = pickup.next_delivery(endpoint.endpoint_id, now)
    returning * into delivery;
    continue when not found;
    update public.webhook_endpoints set busy_until = (p ->> 'until')::pg_catalog.timestamptz
    where endpoint_id = endpoint.endpoint_id;
    claimed := claimed || jsonb_build_array(jsonb_build_object(
      'event_id', delivery.event_id, 'kind', delivery.kind, 'attempt', delivery.attempts,
      'failures', delivery.failures, 'since', delivery.since, 'tenant_id', endpoint.tenant_id,
      'call_id', delivery.call_id, 'url', endpoint.url,
      'secrets', jsonb_build_array(endpoint.secret)
        || case when endpoint.previous_until > now then jsonb_build_array(endpoint.previous_secret) else '[]' end,
      'body', coalesce(delivery.body, '{}'),
      'call', case when delivery.body is null then (
        select pickup.finished_call(c, endpoint.with_transcript) from public.calls c
        where c.call_id = delivery.call_id) end));
  end loop;
  return claimed;
end $$;

-- {event_id, attempt, at, status, error, seconds, body, follows, next_at, holds_line} -> {noted}: what came of a try.
-- follows: delivered, retry, dead, or gone (which disables the endpoint). A try that was noted, or that another process
-- has followed up, changes nothing more; but a success always counts.
-- Locks: the endpoint's row, then the delivery's.
create function public.note_delivery_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  follows pg_catalog.text := p ->> 'follows';
  now pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
  delivery public.deliveries;
  latest boolean;
begin
  perform from public.webhook_endpoints e join public.deliveries d on d.endpoint_id = e.endpoint_id
  where d.event_id = p ->> 'event_id' for no key update of e;
  select * into delivery from public.deliveries where event_id = p ->> 'event_id' for no key update;
  if not found then
    return jsonb_build_object('noted', false);
  end if;
  insert into public.delivery_attempts (event_id, attempt, at, status, error, seconds)
  values (delivery.event_id, (p ->> 'attempt')::integer, now, (p ->> 'status')::integer, p ->> 'error',
          (p ->> 'seconds')::numeric)
  on conflict (event_id, attempt) do nothing;
  if not found then
    return jsonb_build_object('noted', false);
  end if;
  latest := delivery.attempts = (p ->> 'attempt')::integer;
  if delivery.state = 'waiting' and (latest or follows = 'delivered') then
    update public.deliveries set
      body = coalesce(body, nullif(p -> 'body', 'null')),
      state = case follows when 'delivered' then 'delivered' when 'dead' then 'dead' else 'waiting' end,
      ended_at = case when follows in ('delivered', 'dead') then now end,
      failures = failures + case when follows = 'delivered' then 0 else 1 end,
      next_at = coalesce((p ->> 'next_at')::pg_catalog.timestamptz, next_at),
      holds_line = coalesce((p ->> 'holds_line')::boolean, holds_line),
      last_status = (p ->> 'status')::integer, last_error = p ->> 'error'
    where event_id = delivery.event_id;
  end if;
  if latest then
    update public.webhook_endpoints set
      busy_until = null,
      disabled_at = case when follows = 'gone' then coalesce(disabled_at, now) else disabled_at end,
      disabled_reason = case when follows = 'gone' then 'the receiver answered 410 Gone' else disabled_reason end
    where endpoint_id = delivery.endpoint_id;
  end if;
  return jsonb_build_object('noted', true);
end $$;

create function pickup.delivery(d public.deliveries) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(d) || jsonb_build_object(
    'tenant_id', e.tenant_id, 'tenant_name', t.name, 'url', e.url, 'disabled_at', e.disabled_at)
  from public.webhook_endpoints e join public.tenants t on t.id = e.tenant_id where e.endpoint_id = d.endpoint_id
$$;

-- {stage, limit, state} -> [delivery, …], newest first; `state` null: all
create function public.deliveries_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(pickup.delivery(d) order by d.place desc), '[]')
  from (select * from public.deliveries
        where stage = p ->> 'stage' and (p ->> 'state' is null or state = p ->> 'state')
        order by place desc limit (p ->> 'limit')::integer) as newest
  join public.deliveries d using (event_id)
$$;

-- {stage, event_id} -> delivery with `log`, [{attempt, at, status, error, seconds}, …] | null
create function public.delivery_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select pickup.delivery(d) || jsonb_build_object('log', (
    select coalesce(jsonb_agg(to_jsonb(a) order by a.attempt), '[]')
    from public.delivery_attempts a where a.event_id = d.event_id))
  from public.deliveries d where d.stage = p ->> 'stage' and d.event_id = p ->> 'event_id'
$$;

-- {stage, event_id, at} -> {retried}: a dead letter, or one that waits, is tried again at once, and for another day. It
-- holds up none of those behind it. One that was delivered isn't sent again.
create function public.retry_delivery_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  now pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
begin
  update public.deliveries set
    state = 'waiting', ended_at = null, since = now, next_at = now, failures = 0,
    holds_line = holds_line and state = 'waiting'
  where stage = p ->> 'stage' and event_id = p ->> 'event_id' and state in ('waiting', 'dead');
  return jsonb_build_object('retried', found);
end $$;
