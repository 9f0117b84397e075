-- Knowledge: a tenant's documents, cut into passages, and the search that agents answer from.

-- The text search configuration of a language tag (`en`, `es-MX`); words of other languages are compared as they are.
create function pickup.text_search_of(language text) returns regconfig
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select case left(language, 2)
    when 'en' then 'pg_catalog.english'::pg_catalog.regconfig
    when 'es' then 'pg_catalog.spanish'::pg_catalog.regconfig
    when 'fr' then 'pg_catalog.french'::pg_catalog.regconfig
    when 'de' then 'pg_catalog.german'::pg_catalog.regconfig
    when 'it' then 'pg_catalog.italian'::pg_catalog.regconfig
    when 'pt' then 'pg_catalog.portuguese'::pg_catalog.regconfig
    when 'nl' then 'pg_catalog.dutch'::pg_catalog.regconfig
    else 'pg_catalog.simple'::pg_catalog.regconfig end
$$;

-- The words of a text as they are searched. Accents are left out, as a recogniser may not write them.
create function pickup.search_words(language text, words text) returns tsvector
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select to_tsvector(pickup.text_search_of(language), regexp_replace(normalize(words, NFD), '[\u0300-\u036f]', '', 'g'))
$$;

create table public.documents (
  id uuid constraint documents_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null constraint documents_tenant_id_fkey references public.tenants (id) on delete cascade,
  name text not null constraint documents_name_bounded check (name ~ '\S' and length(name) <= 300),
  title text not null constraint documents_title_bounded check (title ~ '\S' and length(title) <= 300),
  content_hash text not null constraint documents_content_hash_sha256 check (content_hash ~ '^[0-9a-f]{64}$'),
  added_at timestamptz not null default pickup.now(),
  constraint documents_name_once unique (tenant_id, name),
  constraint documents_content_once unique (tenant_id, content_hash)
);
comment on column public.documents.name is 'Of the file, as an operator names it; a file of the same name replaces it.';
comment on column public.documents.content_hash is 'Of its passages.';
alter table public.documents enable row level security;
create policy own_documents on public.documents for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not pickup.is_demo(tenant_id));
-- Previews read the documents of demo tenants, which they share, and change none.
create policy documents_added_beyond_previews on public.documents as restrictive for insert to pickup_functions
  with check ((select pickup.is_operator()) or not (select pickup.for_demo_only()));
create policy documents_removed_beyond_previews on public.documents as restrictive for delete to pickup_functions
  using ((select pickup.is_operator()) or not (select pickup.for_demo_only()));
create view public.customer_documents with (security_invoker = true) as
  select id, tenant_id, name, title, added_at from public.documents where not pickup.is_demo(tenant_id);
grant select on public.documents, public.customer_documents to authenticated;

create table public.passages (
  document_id uuid not null constraint passages_document_id_fkey references public.documents (id) on delete cascade,
  tenant_id uuid not null constraint passages_tenant_id_fkey references public.tenants (id) on delete cascade,
  place integer not null constraint passages_place_positive check (place > 0),
  heading text not null constraint passages_heading_bounded check (length(heading) <= 600),
  body text not null constraint passages_body_bounded check (body ~ '\S' and length(body) <= 2000),
  language text not null,
  search tsvector not null generated always as (
    setweight(pickup.search_words(language, heading), 'A') || setweight(pickup.search_words(language, body), 'B')) stored,
  constraint passages_pkey primary key (document_id, place)
);
comment on column public.passages.heading is 'Of its section, or the question that it answers; may be empty.';
comment on column public.passages.language is 'The tenant''s when the document was added.';
-- The words of one tenant alone are searched: row-level security has Postgres look at the tenant before the words.
create index passages_search on public.passages using gin (search);
create index passages_tenant on public.passages (tenant_id);
alter table public.passages enable row level security;
create policy own_passages on public.passages for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not pickup.is_demo(tenant_id));
grant select on public.passages to authenticated;

-- {tenant_id, name, title, passages: [{heading, text}, …]} -> {name, added, replaced, passages}. The same passages are the
-- same document, whatever its name: then nothing changes, and `name` is the one that it has.
-- Locks: the tenant's documents.
create function public.put_document_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  owner pg_catalog.uuid := (p ->> 'tenant_id')::pg_catalog.uuid;
  hash pg_catalog.text := encode(sha256(convert_to((p -> 'passages')::pg_catalog.text, 'UTF8')), 'hex');
  known pg_catalog.text;
  earlier pg_catalog.uuid;
  added pg_catalog.uuid;
  spoken pg_catalog.text;
  many integer := jsonb_array_length(p -> 'passages');
begin
  perform pg_advisory_xact_lock(hashtextextended('documents ' || owner, 0));
  select t.language into spoken from public.tenants t where t.id = owner;
  if not found then
    raise exception 'there is no tenant %', owner
      using errcode = 'foreign_key_violation', constraint = 'documents_tenant_id_fkey';
  end if;
  select d.name into known from public.documents d where d.tenant_id = owner and d.content_hash = hash;
  if found then
    return jsonb_build_object('name', known, 'added', false, 'replaced', false, 'passages', many);
  end if;
  select d.id into earlier from public.documents d where d.tenant_id = owner and d.name = p ->> 'name';
  if earlier is null and (select count(*) from public.documents d where d.tenant_id = owner) >= 500 then
    raise exception 'tenant % has 500 documents already', owner using errcode = 'check_violation';
  end if;
  if many is null or many not between 1 and 2000 then
    raise exception 'a document has 1 to 2000 passages, not %', coalesce(many, 0) using errcode = 'check_violation';
  end if;
  delete from public.documents d where d.id = earlier;
  if (select count(*) from public.passages s where s.tenant_id = owner) + many > 5000 then
    raise exception 'the documents of tenant % would have more than 5000 passages', owner using errcode = 'check_violation';
  end if;
  insert into public.documents (tenant_id, name, title, content_hash)
  values (owner, p ->> 'name', p ->> 'title', hash) returning id into added;
  insert into public.passages (document_id, tenant_id, place, heading, body, language)
  select added, owner, place, coalesce(passage ->> 'heading', ''), passage ->> 'text', spoken
  from jsonb_array_elements(p -> 'passages') with ordinality as listed (passage, place);
  return jsonb_build_object('name', p ->> 'name', 'added', true, 'replaced', earlier is not null, 'passages', many);
end $$;

-- {tenant_id, name} -> {removed}
create function public.remove_document_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from public.documents d
  where d.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and d.name = p ->> 'name';
  return jsonb_build_object('removed', found);
end $$;

-- {tenant_id} -> [{name, title, passages, characters, added_at}, …] by name | null where there is no such tenant
create function public.documents_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', d.name, 'title', d.title, 'passages', s.passages, 'characters', s.characters, 'added_at', d.added_at)
      order by d.name), '[]')
    from public.documents d cross join lateral (
      select count(*) as passages, coalesce(sum(length(s.body)), 0) as characters
      from public.passages s where s.document_id = d.id) s
    where d.tenant_id = t.id)
  from public.tenants t where t.id = (p ->> 'tenant_id')::pg_catalog.uuid
$$;

-- Words of English that callers ask with and that tell nothing of what they ask for; stop words are left out anyway.
create function pickup.asking_words() returns text[]
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select tsvector_to_array(to_tsvector('pg_catalog.english'::pg_catalog.regconfig,
    'anybody anyone anything anywhere somebody someone something everybody everyone everything guys folks hello hi hey '
    'know tell wonder wondering ask asking question say said mean please thanks thank like want would need wanted could '
    'might must let get got gotten give go going come take make use have thing things stuff way kind sort lot bit also '
    'much many more most one ones us back still even really actually maybe sure okay yes yeah there here find help information info see look looking'))
$$;

-- {tenant_id, words, limit} -> [{name, title, place, heading, text, share}, …], the best first: passages with a word that
-- tells what was asked. `share`, above 0 and at most 1, is how much of those words the passage has, each weighed by how
-- few of the tenant's passages have it. Long words match longer ones that begin with them: teen, teenager.
create function public.find_passages_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with words as (
    select word
    from public.tenants t, unnest(tsvector_to_array(pickup.search_words(t.language, left(p ->> 'words', 500)))) as word
    where t.id = (p ->> 'tenant_id')::pg_catalog.uuid and word <> all (pickup.asking_words())
    limit 24
  ), queries as materialized (
    select (quote || replace(replace(word, '\', '\\'), quote, quote || quote) || quote
      || case when length(word) >= 4 then ':*' else '' end)::pg_catalog.tsquery as query
    from words, (values ('''')) as quoting (quote)
  ), candidates as materialized (
    select s.document_id, s.place, s.heading, s.body, s.search
    from public.passages s
    where s.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid
      and s.search @@ (select string_agg(query::pg_catalog.text, ' | ')::pg_catalog.tsquery from queries)
  ), weighed as materialized (
    select query, ln(1 + (select count(*) from public.passages s where s.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid)
      / (1.0 + (select count(*) from candidates c where c.search @@ q.query))) as weight
    from queries q
  ), ranked as (
    select c.document_id, c.place, c.heading, c.body, sum(w.weight) / (select sum(weight) from weighed) as share,
      sum(ts_rank(c.search, w.query, 1)) as density
    from candidates c join weighed w on c.search @@ w.query
    group by c.document_id, c.place, c.heading, c.body
    order by share desc, density desc, c.document_id, c.place
    limit (p ->> 'limit')::integer
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', d.name, 'title', d.title, 'place', r.place, 'heading', r.heading, 'text', r.body,
    'share', round(r.share::numeric, 3)) order by r.share desc, r.density desc, r.document_id, r.place), '[]')
  from ranked r join public.documents d on d.id = r.document_id
$$;
