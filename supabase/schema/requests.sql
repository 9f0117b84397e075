-- What the stores of requests share: callbacks.sql, safety.sql and each business's file.

-- The payload of a request with the call's own id and with its tenant: the one that the call knew, else (the directory
-- could not be read) the one that the dialled number `did` belongs to in this stage by now; null where there is none.
-- Makes the call's row if it is missing.
-- Locks: the alias.
create function pickup.begin_request(p jsonb) returns jsonb
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  return p || jsonb_build_object('tenant_id', coalesce((p ->> 'tenant_id')::pg_catalog.uuid, (
    select n.tenant_id from public.numbers n where n.did = p ->> 'did' and n.stage = p ->> 'stage' and n.active)));
end $$;

-- All that a call's caller asked for, and its safety reports, oldest first, each with its `kind`. Each file that stores
-- such rows has one function pickup.requests_of_<file>(call_id) returns setof jsonb; they are found by their names, so
-- that a business adds its own and changes nothing here.
create function pickup.requests_of(wanted text) returns jsonb
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
  sources pg_catalog.text;
  found_requests pg_catalog.jsonb;
begin
  select string_agg(format('select pickup.%I($1) as request', proname), ' union all ' order by proname) into sources
  from pg_catalog.pg_proc where pronamespace = 'pickup'::pg_catalog.regnamespace and proname like 'requests\_of\_%';
  execute format(
    $query$select coalesce(jsonb_agg(request order by request ->> 'created_at', request ->> 'key'), '[]') from (%s) r$query$,
    sources) into found_requests using wanted;
  return found_requests;
end $$;

-- [text, …]: what a call achieved, each once: the kinds of its rows, with what was decided where they say so
-- (`order confirmed`, `booking`, `task`). Safety reports achieve nothing.
create function pickup.achieved(wanted text) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(distinct concat_ws(' ', request ->> 'kind', request ->> 'outcome')), '[]')
  from jsonb_array_elements(pickup.requests_of(wanted)) as request
  where request ->> 'kind' not in ('crisis', 'threat')
$$;
