-- What a Supabase project has before its first migration and a plain Postgres lacks: roles, default privileges and
-- auth.jwt/uid/role. Applied by the embedded stack only, and only where absent.

-- A deployed database never becomes a lab's: neither its clock (local_clock.sql) nor its rows (seed.sql) are touched.
do $$
begin
  if to_regrole('supabase_admin') is not null then
    raise exception 'this is a Supabase project: what only the embedded stack has is not applied to it'
      using errcode = 'restrict_violation';
  end if;
end $$;

do $$
declare
  wanted pg_catalog.text;
begin
  foreach wanted in array array['anon nologin noinherit', 'authenticated nologin noinherit',
                                'service_role nologin noinherit bypassrls', 'authenticator login noinherit']
  loop
    begin
      if to_regrole(split_part(wanted, ' ', 1)) is null then
        execute 'create role ' || wanted;
      end if;
    exception when duplicate_object or unique_violation then
      null;  -- another database of the same server was set up at the same moment
    end;
  end loop;
  if not pg_has_role('authenticator', 'service_role', 'member') then
    begin
      grant anon, authenticated, service_role to authenticator;
    exception when unique_violation or raise_exception or internal_error then
      null;
    end;
  end if;
end $$;

grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant execute on functions to anon, authenticated, service_role;

do $$
begin
  if to_regprocedure('auth.jwt()') is not null then
    return;
  end if;
  create schema if not exists auth;
  grant usage on schema auth to anon, authenticated, service_role;
  create function auth.jwt() returns jsonb language sql stable set search_path = pg_catalog, public, pg_temp as
    'select coalesce(nullif(current_setting(''request.jwt.claims'', true), ''''), ''{}'')::pg_catalog.jsonb';
  create function auth.uid() returns uuid language sql stable set search_path = pg_catalog, public, pg_temp as
    'select nullif(auth.jwt() ->> ''sub'', '''')::pg_catalog.uuid';
  create function auth.role() returns text language sql stable set search_path = pg_catalog, public, pg_temp as
    'select auth.jwt() ->> ''role''';
end $$;
