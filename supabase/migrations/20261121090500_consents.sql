-- Consents and recordings: who agreed to what words, and which audio exists because of it.

create table public.consents (
  call_id text collate "C" not null
    constraint consents_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  answer text not null constraint consents_answer_known
    check (answer in ('GRANTED', 'REFUSED', 'WITHDRAWN', 'UNCLEAR')),
  policy_version text not null,
  text_hash text not null constraint consents_text_hash_sha256 check (text_hash ~ '^[0-9a-f]{64}$'),
  language text not null,
  utterance text not null,
  at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  constraint consents_pkey primary key (call_id, key)
);
comment on column public.consents.text_hash is 'SHA-256 of the words that were said when asking.';

create table public.recordings (
  recording_id text constraint recordings_pkey primary key,
  call_id text collate "C" not null
    constraint recordings_call_id_fkey references public.calls (call_id) on delete cascade,
  path text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  deleted_at timestamptz,
  stage pickup.stage not null,
  release text not null
);
create index recordings_call on public.recordings (call_id);

-- {call_id, key, answer, policy_version, text_hash, language, utterance, at, stage, release} -> {recorded}
create function public.record_consent_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform pickup.ensure_call(p);
  insert into public.consents
    (call_id, key, answer, policy_version, text_hash, language, utterance, at, stage, release)
  values
    (p ->> 'call_id', p ->> 'key', p ->> 'answer', p ->> 'policy_version', p ->> 'text_hash', p ->> 'language',
     p ->> 'utterance', (p ->> 'at')::timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('recorded', found);
end $$;

-- {call_id} -> [consent, …] in the order they were given
create function public.consents_of_call_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select coalesce(jsonb_agg(to_jsonb(c) order by c.at, c.key), '[]')
  from public.consents c where c.call_id = p ->> 'call_id'
$$;

-- {recording_id, call_id, path, started_at, ended_at, deleted_at, stage, release} -> {put}. What is known stays; an end
-- or a deletion that comes later is filled in.
create function public.put_recording_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform pickup.ensure_call(p);
  insert into public.recordings as r (recording_id, call_id, path, started_at, ended_at, deleted_at, stage, release)
  values
    (p ->> 'recording_id', p ->> 'call_id', p ->> 'path', (p ->> 'started_at')::timestamptz,
     (p ->> 'ended_at')::timestamptz, (p ->> 'deleted_at')::timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (recording_id) do update
    set ended_at = coalesce(r.ended_at, excluded.ended_at), deleted_at = coalesce(r.deleted_at, excluded.deleted_at)
    where r.call_id = excluded.call_id;
  if not found then
    raise exception 'recording % belongs to another call', p ->> 'recording_id' using errcode = 'unique_violation';
  end if;
  return jsonb_build_object('put', true);
end $$;
