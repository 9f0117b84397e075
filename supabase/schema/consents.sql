-- Consents: the answer of a caller to certain words about recording, as a proof.

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
comment on column public.consents.text_hash is 'SHA-256 of the question that the caller answered.';
alter table public.consents enable row level security;
create policy own_consents on public.consents for select to authenticated
  using (exists (select from public.calls c where c.call_id = consents.call_id));
create view public.customer_consents with (security_invoker = true) as
  select s.* from public.consents s join public.customer_calls c using (call_id);
grant select on public.consents, public.customer_consents to authenticated;

-- How many answers of one call are kept that came with a token (their keys begin with `told:`).
create function pickup.most_told_answers() returns integer
language sql immutable set search_path = pg_catalog, public, pg_temp as $$ select 20 $$;

-- {call_id, key, answer, policy_version, text_hash, language, utterance, at, stage, release} -> {recorded}
-- Beyond `most_told_answers` a token writes no more, and a yes is refused (54000). A no that changes something is
-- always recorded.
-- Locks: the alias, then the call's row.
create function public.record_consent_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  if p ->> 'key' like 'told:%' then
    -- answers that come at once are counted one after the other
    perform from public.calls where call_id = p ->> 'call_id' for no key update;
    if not exists (select from public.consents where call_id = p ->> 'call_id' and key = p ->> 'key')
      and (select count(*) from public.consents where call_id = p ->> 'call_id' and key like 'told:%')
          >= pickup.most_told_answers()
    then
      if p ->> 'answer' not in ('REFUSED', 'WITHDRAWN') then
        raise exception 'call % has % answers by tokens, and gets no more', p ->> 'call_id', pickup.most_told_answers()
          using errcode = 'program_limit_exceeded';
      elsif pickup.is_withdrawn(p ->> 'call_id') then
        return jsonb_build_object('recorded', false);
      end if;
    end if;
  end if;
  insert into public.consents
    (call_id, key, answer, policy_version, text_hash, language, utterance, at, stage, release)
  values
    (p ->> 'call_id', p ->> 'key', p ->> 'answer', p ->> 'policy_version', p ->> 'text_hash', p ->> 'language',
     p ->> 'utterance', (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('recorded', found);
end $$;

-- {call_id} -> [consent, …] in the order they were given
create function public.consents_of_call_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(c) order by c.at, c.key), '[]')
  from public.consents c where c.call_id = p ->> 'call_id'
$$;
