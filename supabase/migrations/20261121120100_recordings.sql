-- Recordings that LiveKit's egress makes, beside those that agents make; and which of them a withdrawal must delete.

alter table public.recordings
  add column asked_at timestamptz,
  add column egress_id text,
  add column failed text;
update public.recordings set asked_at = started_at;
alter table public.recordings alter column asked_at set not null;
comment on column public.recordings.asked_at is 'When it was wanted: what is said of consent later is about this recording.';
comment on column public.recordings.egress_id is 'LiveKit''s; null where the agent records by itself.';
comment on column public.recordings.failed is 'Why there is no whole recording; null where nothing went wrong.';
create index recordings_not_deleted on public.recordings (stage) where deleted_at is null;

-- {recording_id, call_id, path, started_at, ended_at, deleted_at, egress_id, failed, stage, release} -> {put}. What is
-- known stays, and what comes later is filled in; sound begins after it was asked for, so a later start is the truer.
create or replace function public.put_recording_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  insert into public.recordings as r
    (recording_id, call_id, path, asked_at, started_at, ended_at, deleted_at, egress_id, failed, stage, release)
  values
    (p ->> 'recording_id', p ->> 'call_id', p ->> 'path', (p ->> 'started_at')::timestamptz,
     (p ->> 'started_at')::timestamptz, (p ->> 'ended_at')::timestamptz, (p ->> 'deleted_at')::timestamptz,
     p ->> 'egress_id', p ->> 'failed', p ->> 'stage', p ->> 'release')
  on conflict (recording_id) do update set
    asked_at = least(r.asked_at, excluded.asked_at), started_at = greatest(r.started_at, excluded.started_at),
    ended_at = coalesce(r.ended_at, excluded.ended_at), deleted_at = coalesce(r.deleted_at, excluded.deleted_at),
    egress_id = coalesce(r.egress_id, excluded.egress_id), failed = coalesce(r.failed, excluded.failed)
    where r.call_id = excluded.call_id;
  if not found then
    raise exception 'recording % belongs to another call', p ->> 'recording_id' using errcode = 'unique_violation';
  end if;
  return jsonb_build_object('put', true);
end $$;

-- {call_id, key, answer, policy_version, text_hash, language, utterance, at, stage, release} -> {recorded}
create or replace function public.record_consent_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  insert into public.consents
    (call_id, key, answer, policy_version, text_hash, language, utterance, at, stage, release)
  values
    (p ->> 'call_id', p ->> 'key', p ->> 'answer', p ->> 'policy_version', p ->> 'text_hash', p ->> 'language',
     p ->> 'utterance', (p ->> 'at')::timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('recorded', found);
end $$;

-- {call_id} -> [recording, …] in the order they were begun
create function public.recordings_of_call_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select coalesce(jsonb_agg(to_jsonb(r) order by r.asked_at, r.recording_id), '[]')
  from public.recordings r where r.call_id = p ->> 'call_id'
$$;

-- {stage, before, limit} -> [recording, …] that must be deleted and can be: a no was said since they were begun, and
-- nobody writes to them any more, by what is known: they have ended, or their call has, before that time.
create function public.withdrawn_recordings_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select coalesce(jsonb_agg(to_jsonb(w) order by w.asked_at, w.recording_id), '[]')
  from (select r.* from public.recordings r join public.calls c using (call_id)
        where r.stage = p ->> 'stage' and r.deleted_at is null
          and (r.ended_at is not null or c.completed_at < (p ->> 'before')::timestamptz)
          and exists (select from public.consents s
                      where s.call_id = r.call_id and s.answer in ('REFUSED', 'WITHDRAWN') and s.at >= r.asked_at)
        order by r.asked_at, r.recording_id
        limit (p ->> 'limit')::integer) as w
$$;

revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
