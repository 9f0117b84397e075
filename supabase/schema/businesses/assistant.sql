-- The personal assistant: the notes of its owner. `owner` is as in tasks.sql.

create table public.assistant_notes (
  note_id uuid constraint assistant_notes_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null constraint assistant_notes_tenant_id_fkey references public.tenants (id),
  owner text not null constraint assistant_notes_owner_not_empty check (btrim(owner) <> ''),
  body text not null constraint assistant_notes_body_bounded check (btrim(body) <> '' and length(body) <= 2000),
  words tsvector generated always as (to_tsvector('english'::regconfig, body)) stored,
  call_id text collate "C" not null
    constraint assistant_notes_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  created_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint assistant_notes_once unique (call_id, key)
);
create index assistant_notes_of_owner on public.assistant_notes (tenant_id, owner, created_at desc);
create index assistant_notes_words on public.assistant_notes using gin (words);

alter table public.assistant_notes enable row level security;
create policy own_assistant_notes on public.assistant_notes for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_assistant_notes with (security_invoker = true) as
  select note_id, tenant_id, owner, body, call_id, created_at from public.assistant_notes where not is_demo;
grant select on public.assistant_notes, public.customer_assistant_notes to authenticated;

-- {call_id, key, tenant_id, owner, caller, text, at, stage, release} -> {taken}: false for a note that is there already
create function public.take_note_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.begin_request(p);
  insert into public.assistant_notes (tenant_id, owner, body, call_id, key, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'owner', p ->> 'text', p ->> 'call_id', p ->> 'key',
     (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('taken', found);
end $$;

-- {tenant_id, owner, stage, question, limit} -> [{text, created_at}, …]: by any word of the question, the best first;
-- where it has none to look for, the newest.
create function public.recall_notes_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with wanted as (
    select replace(plainto_tsquery('english', coalesce(p ->> 'question', ''))::pg_catalog.text, '&', '|')
      ::pg_catalog.tsquery as query
  ), found_notes as (
    select n.body, n.created_at, ts_rank(n.words, w.query) as rank
    from public.assistant_notes n cross join wanted w
    where n.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and n.owner = p ->> 'owner' and n.stage = p ->> 'stage'
      and (numnode(w.query) = 0 or n.words @@ w.query)
    order by rank desc, n.created_at desc
    limit coalesce((p ->> 'limit')::integer, 3)
  )
  select coalesce(jsonb_agg(jsonb_build_object('text', f.body, 'created_at', f.created_at)
    order by f.rank desc, f.created_at desc), '[]') from found_notes f
$$;

-- {tenant_id, stage, since} -> {alerts: [title, …], calls, unanswered}: how the owner's line is doing; the calls are those
-- that began since then and have ended.
create function public.line_health_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'alerts', (
      select coalesce(jsonb_agg(a.title order by a.last_at desc), '[]') from public.alerts a
      where a.stage = p ->> 'stage' and a.closed_at is null and a.fields ->> 'tenant_id' = p ->> 'tenant_id'),
    'calls', count(*), 'unanswered', count(*) filter (where c.disposition <> 'ANSWERED'))
  from public.calls c
  where c.stage = p ->> 'stage' and c.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and not c.synthetic
    and c.completed_at is not null and c.ringing_at >= (p ->> 'since')::pg_catalog.timestamptz
$$;

-- The notes of a call, as requests.sql reads them.
create function pickup.requests_of_assistant(wanted text) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select (to_jsonb(x) - 'words') || '{"kind": "note"}' from public.assistant_notes x where x.call_id = wanted
$$;
