-- Recordings: the audio that exists of a call. kind `call`: the conversation, recorded by LiveKit's egress or by the
-- agent, after consent. kind `voicemail`: what a caller left with the carrier; it is fetched from there.

create table public.recordings (
  recording_id text constraint recordings_pkey primary key,
  call_id text collate "C" not null
    constraint recordings_call_id_fkey references public.calls (call_id) on delete cascade,
  kind text not null constraint recordings_kind_known check (kind in ('call', 'voicemail')),
  path text,
  source_url text,
  requested_at timestamptz not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  deleted_at timestamptz,
  seconds numeric(8, 2),
  egress_id text,
  failed text,
  stage pickup.stage not null,
  release text not null,
  erasure text constraint recordings_erasure_known check (erasure in ('deleted', 'absent')),
  in_backup boolean not null default false,
  constraint recordings_call_has_path check (kind <> 'call' or path is not null),
  constraint recordings_voicemail_has_source check (kind <> 'voicemail' or source_url is not null)
);
comment on column public.recordings.path is 'Where its file lies; null for a voicemail that was not fetched yet.';
comment on column public.recordings.source_url is 'The carrier''s; it holds for ten minutes.';
comment on column public.recordings.requested_at is 'When it was wanted: a later answer about consent applies to it.';
comment on column public.recordings.egress_id is 'LiveKit''s; null where the agent records by itself.';
comment on column public.recordings.erasure is
  'How its file is gone: it was there and was deleted, or was proven not to be there.';
comment on column public.recordings.in_backup is 'Whether egress put the file into its backup storage.';
comment on column public.recordings.failed is 'Why there is no whole recording; null where nothing went wrong.';
create unique index recordings_one_voicemail on public.recordings (call_id) where kind = 'voicemail';
create index recordings_call on public.recordings (call_id);
create index recordings_kept on public.recordings (stage, recording_id collate "C") where deleted_at is null;
create index recordings_not_deleted on public.recordings (stage) where deleted_at is null;
create index recordings_unfetched on public.recordings (stage, requested_at) where path is null;

alter table public.recordings enable row level security;
create policy own_recordings on public.recordings for select to authenticated
  using (exists (select from public.calls c where c.call_id = recordings.call_id));
create view public.customer_recordings with (security_invoker = true) as
  select r.call_id, r.recording_id, r.path, r.started_at, r.ended_at, r.deleted_at, r.failed
  from public.recordings r join public.customer_calls c using (call_id) where r.kind = 'call';
create view public.customer_voicemails with (security_invoker = true) as
  select r.call_id, c.tenant_id, c.caller, r.started_at as at, r.seconds
  from public.recordings r join public.customer_calls c using (call_id) where r.kind = 'voicemail';
grant select on public.recordings, public.customer_recordings, public.customer_voicemails to authenticated;

-- {recording_id, call_id, kind, path, source_url, started_at, ended_at, deleted_at, seconds, egress_id, failed, stage,
-- release, erasure, in_backup} -> {put}. Known values stay, and later ones fill what is missing. Audio begins after the recording was
-- requested, so of two starts the later is the audio's, the earlier the request's.
-- Locks: the alias, then the recording's row.
create function public.put_recording_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  insert into public.recordings as r
    (recording_id, call_id, kind, path, source_url, requested_at, started_at, ended_at, deleted_at, seconds, egress_id,
     failed, stage, release, erasure, in_backup)
  values
    (p ->> 'recording_id', p ->> 'call_id', coalesce(p ->> 'kind', 'call'), p ->> 'path', p ->> 'source_url',
     (p ->> 'started_at')::pg_catalog.timestamptz, (p ->> 'started_at')::pg_catalog.timestamptz,
     (p ->> 'ended_at')::pg_catalog.timestamptz, (p ->> 'deleted_at')::pg_catalog.timestamptz,
     (p ->> 'seconds')::numeric, p ->> 'egress_id', p ->> 'failed', p ->> 'stage', p ->> 'release',
     p ->> 'erasure', coalesce((p ->> 'in_backup')::boolean, false))
  on conflict (recording_id) do update set
    path = coalesce(r.path, excluded.path), source_url = coalesce(r.source_url, excluded.source_url),
    requested_at = least(r.requested_at, excluded.requested_at),
    started_at = greatest(r.started_at, excluded.started_at),
    ended_at = coalesce(r.ended_at, excluded.ended_at), deleted_at = coalesce(r.deleted_at, excluded.deleted_at),
    seconds = coalesce(r.seconds, excluded.seconds), egress_id = coalesce(r.egress_id, excluded.egress_id),
    failed = coalesce(r.failed, excluded.failed), erasure = coalesce(r.erasure, excluded.erasure),
    in_backup = r.in_backup or excluded.in_backup
    where r.call_id = excluded.call_id and r.kind = excluded.kind;
  if not found then
    raise exception 'recording % belongs to another call or is of another kind', p ->> 'recording_id'
      using errcode = 'unique_violation';
  end if;
  return jsonb_build_object('put', true);
end $$;

-- {call_id} -> [recording, …] of both kinds, in the order in which they were begun
create function public.recordings_of_call_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(r) order by r.requested_at, r.recording_id), '[]')
  from public.recordings r where r.call_id = p ->> 'call_id'
$$;

-- Whether the call's latest answer is a no, and nothing was recorded since: another no would change nothing.
create function pickup.is_withdrawn(wanted text) returns boolean
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(
    (select s.answer in ('REFUSED', 'WITHDRAWN')
       and not exists (select from public.recordings r where r.call_id = wanted and r.requested_at > s.at)
     from public.consents s where s.call_id = wanted order by s.at desc, s.key desc limit 1), false)
$$;

-- {stage, before, limit} -> [recording, …], oldest first: recordings of the conversation whose file must be deleted,
-- because their caller refused or withdrew consent after they were requested, or gave a secret in them, and can be: the
-- recording has ended, or its call had ended before that time, so nothing writes to the file any more.
create function public.withdrawn_recordings_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(w) order by w.requested_at, w.recording_id), '[]')
  from (select r.* from public.recordings r join public.calls c using (call_id)
        where r.stage = p ->> 'stage' and r.kind = 'call' and r.deleted_at is null
          and (r.ended_at is not null or c.completed_at < (p ->> 'before')::pg_catalog.timestamptz)
          and (r.failed = 'the caller gave a secret' or exists (
            select from public.consents s
            where s.call_id = r.call_id and s.answer in ('REFUSED', 'WITHDRAWN') and s.at >= r.requested_at))
        order by r.requested_at, r.recording_id
        limit (p ->> 'limit')::integer) as w
$$;

-- {stage, limit} -> [recording, …], oldest first: voicemails without a file here that the carrier may still hold
create function public.unfetched_recordings_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(w) order by w.requested_at, w.recording_id), '[]')
  from (select * from public.recordings
        where stage = p ->> 'stage' and path is null and deleted_at is null
          and coalesce(ended_at, requested_at) > pickup.now() - interval '1 hour'
        order by requested_at, recording_id
        limit (p ->> 'limit')::integer) as w
$$;

-- {recording_ids} -> [recording, …]: those of them that have a row
create function public.known_recordings_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(r) order by r.recording_id), '[]')
  from public.recordings r where r.recording_id in (select jsonb_array_elements_text(p -> 'recording_ids'))
$$;

-- {stage, after, before, limit} -> [recording, …] by their ids, those after that one: recordings that ended before that
-- time and whose file should be there
create function public.kept_recordings_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(w) order by w.recording_id collate "C"), '[]')
  from (select * from public.recordings
        where stage = p ->> 'stage' and path is not null and deleted_at is null and failed is null
          and ended_at < (p ->> 'before')::pg_catalog.timestamptz and recording_id collate "C" > p ->> 'after'
        order by recording_id collate "C"
        limit (p ->> 'limit')::integer) as w
$$;
