-- Calls that come by the carrier: what a number's callers get whom nobody answers, the other names of a call, and the
-- messages that callers leave.

alter table public.numbers
  add column fallback text not null default 'announcement'
    constraint numbers_fallback_known check (fallback in ('announcement', 'voicemail', 'forward')),
  add column forward_to text constraint numbers_forward_to_e164 check (forward_to ~ '^\+[1-9][0-9]{6,14}$'),
  add constraint numbers_forward_has_target check (fallback <> 'forward' or forward_to is not null);
comment on column public.numbers.fallback is 'What a caller gets whom no agent answers.';

-- {did, caller} -> listing | null. `caller` is a comparing key.
create or replace function public.listing_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select jsonb_build_object(
    'did', n.did, 'stage', n.stage, 'active', n.active, 'route', n.route, 'tenant_id', n.tenant_id,
    'template', n.template, 'allowlist', to_jsonb(n.allowlist),
    'caller_blocked', exists (
      select from public.blocked_callers b where b.tenant_id = n.tenant_id and b.caller = p ->> 'caller'),
    'calls_limit', t.calls_limit,
    'calls_used', case when t.id is null then 0 else pickup.places_taken(t, now()) end,
    'language', coalesce(t.language, 'en'), 'fallback', n.fallback, 'forward_to', n.forward_to)
  from public.numbers n left join public.tenants t on t.id = n.tenant_id
  where n.did = p ->> 'did'
  order by n.active desc, n.created_at desc, n.id
  limit 1
$$;

-- {did, stage, tenant_id, route, template, allowlist, fallback, forward_to} -> {bound}. Binding to the same tenant and
-- stage again updates the binding; a number that is active elsewhere is refused with the name of its holder (PT-09).
create or replace function public.bind_number_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  holder text;
begin
  insert into public.numbers as n (did, stage, tenant_id, route, template, allowlist, fallback, forward_to)
  values (p ->> 'did', p ->> 'stage', (p ->> 'tenant_id')::uuid, coalesce(p ->> 'route', 'tenant'), p ->> 'template',
          array(select jsonb_array_elements_text(coalesce(p -> 'allowlist', '[]'))),
          coalesce(p ->> 'fallback', 'announcement'), p ->> 'forward_to')
  on conflict (did) where active do update
    set route = excluded.route, template = excluded.template, allowlist = excluded.allowlist,
      fallback = excluded.fallback, forward_to = excluded.forward_to
    where n.stage = excluded.stage and n.tenant_id is not distinct from excluded.tenant_id;
  if found then
    return jsonb_build_object('bound', true);
  end if;
  select format('%s in stage %s', coalesce(t.name || ' (' || t.id || ')', n.route), n.stage) into holder
  from public.numbers n left join public.tenants t on t.id = n.tenant_id
  where n.did = p ->> 'did' and n.active;
  raise exception '% is already active for %; release it there first', p ->> 'did', coalesce(holder, 'somebody else')
    using errcode = 'unique_violation', constraint = 'numbers_active_did';
end $$;

-- A call that came by the carrier has its id from there; those who know its room alone call it by the room's.
create table public.call_aliases (
  alias text collate "C" constraint call_aliases_pkey primary key,
  call_id text collate "C" not null
    constraint call_aliases_call_id_fkey references public.calls (call_id) on delete cascade
);
create index call_aliases_call on public.call_aliases (call_id);
alter table public.call_aliases enable row level security;
create policy own_call_aliases on public.call_aliases for select to authenticated
  using (exists (select from public.calls c where c.call_id = call_aliases.call_id));

create function pickup.alias_lock(alias text) returns bigint
language sql immutable as $$
  select hashtextextended('call alias ' || alias, 0)
$$;

-- The payload with the call's own id.
create function pickup.canonical(p jsonb) returns jsonb
language plpgsql as $$
declare
  known text;
begin
  -- who tells of a room must not slip in between the alias and the move of what came before it
  perform pg_advisory_xact_lock_shared(pickup.alias_lock(p ->> 'call_id'));
  select call_id into known from public.call_aliases where alias = p ->> 'call_id';
  return case when known is null then p else p || jsonb_build_object('call_id', known) end;
end $$;

-- From now on `room_id` means this call; what was told under it before moves here.
create function pickup.know_alias(p jsonb) returns void
language plpgsql as $$
declare
  other text := p ->> 'room_id';
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

-- {call_id, room_id, stage, release, medium, did_raw, did, caller_raw, caller, tenant_id, template, decision,
-- ringing_at, synthetic} -> {opened}. The first opening stays; `room_id`, where it is another, is one more name.
create or replace function public.open_call_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform pickup.ensure_call(p);
  perform pickup.know_alias(p);
  update public.calls set
    stage = p ->> 'stage', release = p ->> 'release', opened_at = now(), medium = p ->> 'medium',
    did_raw = p ->> 'did_raw', did = p ->> 'did', caller_raw = p ->> 'caller_raw', caller = p ->> 'caller',
    tenant_id = (p ->> 'tenant_id')::uuid, template = p ->> 'template', decision = coalesce(p -> 'decision', '{}'),
    synthetic = coalesce((p ->> 'synthetic')::boolean, false), ringing_at = (p ->> 'ringing_at')::timestamptz
  where call_id = p ->> 'call_id' and opened_at is null;
  return jsonb_build_object('opened', found);
end $$;

-- {call_id, key, kind, at, fields, stage, release} -> {noted}
create or replace function public.note_event_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  insert into public.call_events (call_id, key, kind, at, fields, stage, release)
  values (p ->> 'call_id', p ->> 'key', p ->> 'kind', (p ->> 'at')::timestamptz, coalesce(p -> 'fields', '{}'),
          p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('noted', found);
end $$;

-- {call_id, witness, facts, verdict: {disposition, outcome}, transcript, usage, cost_usd, cost_items, traversal, stage,
-- release} -> {completed}: whether nobody had told before. Of what several tell, the best witness's word stands. Who
-- tells twice is heard once, but for the carrier: it tells more with each event that comes, in whatever order. Each
-- witness's first account is kept as an event.
create or replace function public.complete_call_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  witness text := p ->> 'witness';
  before public.calls;
  better jsonb;
  known jsonb;
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  select * into before from public.calls where call_id = p ->> 'call_id' for no key update;
  select coalesce(jsonb_object_agg(key, value), '{}') into better
  from jsonb_each(pickup.parts_told(p))
  where pickup.rank(witness) > coalesce(pickup.rank(before.told_by ->> key), 0)
    or (witness = 'carrier' and before.told_by ->> key = 'carrier');
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

-- {call_id} -> record | null. An unambiguous beginning of at least 6 characters will do; so does another name, whole.
create or replace function public.find_call_v1(p jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
  wanted text := coalesce((select a.call_id from public.call_aliases a where a.alias = p ->> 'call_id'), p ->> 'call_id');
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

-- {call_id} -> {over}: whether somebody told its end. By its own id.
create function public.call_over_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select jsonb_build_object('over', exists (
    select from public.calls where call_id = p ->> 'call_id' and completed_at is not null))
$$;

-- {stage, since} -> {abandoned}: callers who hung up before anybody answered
create function public.abandonments_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select jsonb_build_object('abandoned', count(*))
  from public.calls
  where stage = p ->> 'stage' and disposition = 'ABANDONED' and not synthetic
    and coalesce(ringing_at, created_at) >= (p ->> 'since')::timestamptz
$$;

-- Messages that callers left with the carrier, one a call.
create table public.voicemails (
  call_id text collate "C" constraint voicemails_pkey primary key
    constraint voicemails_call_id_fkey references public.calls (call_id) on delete cascade,
  tenant_id uuid constraint voicemails_tenant_id_fkey references public.tenants (id),
  caller text,
  at timestamptz not null,
  seconds numeric(8, 2),
  url text not null,
  path text,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored
);
comment on column public.voicemails.url is 'The carrier''s; it holds for ten minutes.';
comment on column public.voicemails.path is 'Where it lies here; null until it was fetched.';
create index voicemails_tenant on public.voicemails (tenant_id, at desc);
create index voicemails_unfetched on public.voicemails (stage, at) where path is null;
alter table public.voicemails enable row level security;
create policy own_voicemails on public.voicemails for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);

-- {call_id, at, seconds, url, path, stage, release} -> {put}. Whose it is, its call says. What is known stays; where it
-- lies is filled in.
create function public.put_voicemail_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  insert into public.voicemails as v (call_id, tenant_id, caller, at, seconds, url, path, stage, release)
  select c.call_id, c.tenant_id, c.caller, (p ->> 'at')::timestamptz, (p ->> 'seconds')::numeric, p ->> 'url',
    p ->> 'path', p ->> 'stage', p ->> 'release'
  from public.calls c where c.call_id = p ->> 'call_id'
  on conflict (call_id) do update set path = coalesce(v.path, excluded.path);
  return jsonb_build_object('put', true);
end $$;

-- {stage} -> [voicemail, …], oldest first: those that the carrier may still have
create function public.unfetched_voicemails_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select coalesce(jsonb_agg(to_jsonb(w) order by w.at), '[]')
  from (select * from public.voicemails
        where stage = p ->> 'stage' and path is null and at > now() - interval '1 hour'
        order by at limit 50) as w
$$;

create or replace function pickup.requests_of(wanted text) returns jsonb
language sql stable as $$
  select coalesce(jsonb_agg(r.request order by r.request ->> 'created_at', r.request ->> 'key'), '[]') from (
    select to_jsonb(x) || '{"kind": "prayer"}' as request from public.voice_prayer_requests x where call_id = wanted
    union all
    select to_jsonb(x) || '{"kind": "callback"}' from public.voice_callback_requests x where call_id = wanted
    union all
    select to_jsonb(x) || '{"kind": "crisis"}' from public.crisis_events x where call_id = wanted
    union all
    select to_jsonb(x) || '{"kind": "threat"}' from public.incidents x where call_id = wanted
    union all
    select to_jsonb(x) || jsonb_build_object('kind', 'voicemail', 'key', 'voicemail', 'created_at', x.at)
    from public.voicemails x where call_id = wanted
  ) r
$$;

create or replace function pickup.call_details(wanted text) returns jsonb
language sql stable as $$
  select jsonb_build_object(
    'events', (select coalesce(jsonb_agg(to_jsonb(e) order by e.at, e.key), '[]')
               from public.call_events e where e.call_id = wanted),
    'consents', (select coalesce(jsonb_agg(to_jsonb(s) order by s.at, s.key), '[]')
                 from public.consents s where s.call_id = wanted),
    'recordings', (select coalesce(jsonb_agg(to_jsonb(r) order by r.started_at), '[]')
                   from public.recordings r where r.call_id = wanted),
    'room_ids', (select coalesce(jsonb_agg(a.alias order by a.alias), '[]')
                 from public.call_aliases a where a.call_id = wanted),
    'requests', pickup.requests_of(wanted))
$$;

create view public.customer_voicemails with (security_invoker = true) as
  select call_id, tenant_id, caller, at, seconds from public.voicemails where tenant_id is not null and not is_demo;
revoke all on public.call_aliases, public.voicemails, public.customer_voicemails from anon, authenticated;
grant select on public.voicemails, public.customer_voicemails to authenticated;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
