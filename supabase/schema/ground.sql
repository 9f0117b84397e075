-- What the other files stand on: roles, default privileges, the clock, small helpers.
--
-- Every read and every state change is one function public.name_v1(p jsonb) returns jsonb, which stages' roles and
-- service_role may execute. What the functions share lies in schema pickup, which no API exposes.
--
-- No object of a caller can stand in for one of ours: every function sets its search path, with pg_temp last, and its
-- body names each type and relation with its schema. (integer, boolean, numeric, interval and timestamp are keywords,
-- which always mean pg_catalog's.) What isn't a body is stored parsed: columns, defaults, checks, views and policies.

create schema pickup;
revoke all on schema pickup from public;
grant usage on schema pickup to authenticated, service_role;

-- pickup_functions owns the API's functions and no table, so row-level security binds it. pickup_stages holds what each
-- stage's own role may do (stages.sql). Roles belong to the server, not to the database: they may be there already.
do $$
declare
  wanted pg_catalog.text;
begin
  foreach wanted in array array['pickup_functions', 'pickup_stages'] loop
    begin
      if to_regrole(wanted) is null then
        execute format('create role %I nologin', wanted);
      end if;
    exception when duplicate_object or unique_violation then
      null;  -- another database of the same server was migrated at the same moment
    end;
  end loop;
end $$;
comment on role pickup_functions is 'Owns the functions of the API and nothing else; has no login and no members.';
comment on role pickup_stages is 'What the stages'' own roles may do.';

-- Only operators make objects in this database, temporary ones included: what a caller makes could bear the name of
-- something that a function uses.
revoke create on schema public from public, anon, authenticated;
do $$
begin
  execute format('revoke temporary on database %I from public', current_database());
  -- Postgres only warns where the database belongs to another role than the one that migrates
  if has_database_privilege('public', current_database(), 'temporary') then
    raise exception 'database % lets every role make temporary objects', current_database()
      using errcode = 'insufficient_privilege',
        hint = format('Run as its owner: revoke temporary on database %I from public', current_database());
  end if;
end $$;

-- Supabase's default privileges give new tables and functions to anon and authenticated. Here they belong to nobody
-- but operators (service_role), the functions' owner and the stages, until a file grants more.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated;
alter default privileges in schema public revoke all on tables from anon, authenticated;
alter default privileges in schema public grant execute on functions to service_role, pickup_stages;
alter default privileges in schema public grant select, insert, update, delete on tables to pickup_functions;
alter default privileges in schema pickup grant execute on functions to pickup_functions;
grant usage on schema public, pickup to pickup_functions;
grant usage on schema public to pickup_stages;

-- The clock of all functions and defaults: the time at which the transaction began. The embedded stack replaces this
-- function by one that tests and `--speed` can set (supabase/local_clock.sql); no migration ever does.
create function pickup.now() returns timestamptz
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select pg_catalog.now()
$$;
grant execute on function pickup.now() to service_role;

-- A stage's name is the same everywhere: local, production, preview-<slug>. A migration that changes this check has to
-- read every table with a stage; names of stages are not expected to change.
create domain pickup.stage as text
  -- squawk-ignore ban-create-domain-with-constraint
  check (value ~ '^(local|production|preview-[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)$');

-- Demo tenants are fictional; their rows are on no customer's surface (PT-25). The one definition of them.
create function pickup.is_demo(tenant_id uuid) returns boolean
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(tenant_id::pg_catalog.text like '00000000-0000-4000-a000-%', false)
$$;
grant execute on function pickup.is_demo(uuid) to authenticated, service_role;

-- The tenant that a signed-in customer belongs to.
create function pickup.current_tenant_id() returns uuid
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select nullif(auth.jwt() -> 'app_metadata' ->> 'tenant_id', '')::pg_catalog.uuid
$$;
grant execute on function pickup.current_tenant_id() to authenticated, service_role;

-- Whether Postgres lists a time zone under exactly this name. It would also take other spellings, abbreviations and
-- offsets (america/los_angeles, PST, UTC+3), which the agents' own list lacks.
create function pickup.is_timezone(name text) returns boolean
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select exists (select from pg_catalog.pg_timezone_names z where z.name = is_timezone.name)
    and name !~ '^(posix|right)' and name not in ('Factory', 'localtime')
$$;

-- Whether all values of an object are texts with a word in them.
create function pickup.are_texts(facts jsonb) returns boolean
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(bool_and(jsonb_typeof(value) = 'string' and value #>> '{}' ~ '\S'), true) from jsonb_each(
    case when jsonb_typeof(facts) = 'object' then facts else '{}' end)
$$;
