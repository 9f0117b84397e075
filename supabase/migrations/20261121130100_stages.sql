-- Stages side by side on one database (PT-28). Whoever comes by the role "pickup-<stage>" reads and writes that stage's
-- rows alone, and by a preview's the demo tenants' alone. No function checks it: all of them run as pickup_functions,
-- which row-level security binds, and its policies look at who calls. Operators (service_role, the owner) see all rows.

do $$
declare
  wanted text;
begin
  foreach wanted in array array['pickup_functions', 'pickup_stages'] loop
    begin
      if to_regrole(wanted) is null then
        execute format('create role %I nologin', wanted);
      end if;
    exception when duplicate_object or unique_violation then
      null;  -- another database of the same server was set up at the same moment
    end;
  end loop;
  -- to give functions to a role takes being one of its members
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant pickup_functions to %I', current_user);
  end if;
end $$;
comment on role pickup_functions is 'Owns the functions of the API; nobody logs in as it.';
comment on role pickup_stages is 'What the stages'' own roles may do.';

grant usage on schema public, pickup to pickup_functions;
grant select, insert, update, delete on all tables in schema public to pickup_functions;
grant execute on all functions in schema pickup to pickup_functions;
alter default privileges in schema public grant select, insert, update, delete on tables to pickup_functions;
alter default privileges in schema pickup grant execute on functions to pickup_functions;

grant usage on schema public to pickup_stages;
grant execute on all functions in schema public to pickup_stages;
alter default privileges in schema public grant execute on functions to pickup_stages;

-- Who calls: by PostgREST the token's role, else whoever logged in. A function's own rights change neither.
create function pickup.caller() returns name
language sql stable as $$
  select coalesce(nullif(current_setting('role'), 'none'), session_user)::name
$$;

create function pickup.is_operator() returns boolean
language sql stable as $$
  select pg_has_role(pickup.caller(), 'service_role', 'member')
$$;

-- The stage whose role calls; null for operators and strangers.
create function pickup.own_stage() returns text
language sql stable as $$
  select substring(pickup.caller()::text from '^pickup-(.+)$')
$$;

create function pickup.for_demo_only() returns boolean
language sql stable as $$
  select coalesce(pickup.own_stage() like 'preview-%', true)
$$;

-- What a stage's role may see and write of a table, as SQL: rows that carry its stage and hang on rows that it sees.
-- Null for a table of which neither can be said.
create function pickup.rows_of_stage(wanted regclass) returns text
language sql stable as $$
  with rules as (
    select 'is_demo or not (select pickup.for_demo_only())' as rule where wanted = 'public.tenants'::regclass
    union all
    select 'stage = (select pickup.own_stage())' from pg_attribute
    where attrelid = wanted and attname = 'stage' and not attisdropped
    union all
    select format('%1$I.%2$I is null or exists (select from %3$s as parent where parent.%4$I = %1$I.%2$I)',
                  t.relname, child.attname, k.confrelid::regclass, parent.attname)
    from pg_constraint k
    join pg_class t on t.oid = k.conrelid
    join pg_attribute child on child.attrelid = k.conrelid and child.attnum = k.conkey[1]
    join pg_attribute parent on parent.attrelid = k.confrelid and parent.attnum = k.confkey[1]
    where k.conrelid = wanted and k.contype = 'f'
  )
  select string_agg('(' || rule || ')', ' and ') from rules
$$;

-- Binds all tables and functions that there are: a migration that adds some calls it at its end.
create function pickup.bind_to_stages() returns void
language plpgsql set search_path = pg_catalog as $$
declare
  bound regclass;
  given regprocedure;
  rule text;
begin
  for bound in select oid from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') loop
    rule := '(select pickup.is_operator())' || coalesce(' or ' || nullif(pickup.rows_of_stage(bound), ''), '');
    execute format('alter table %s enable row level security', bound);
    execute format('drop policy if exists rows_of_stage on %s', bound);
    execute format('create policy rows_of_stage on %s to pickup_functions using (%s)', bound, rule);
  end loop;
  -- a role takes over a function only where it might make one
  grant create on schema public to pickup_functions;
  for given in
    select oid from pg_proc
    where pronamespace = 'public'::regnamespace and proname ~ '_v[0-9]+$' and proowner <> 'pickup_functions'::regrole
  loop
    execute format('alter function %s owner to pickup_functions', given);
  end loop;
  revoke create on schema public from pickup_functions;
end $$;

select pickup.bind_to_stages();

-- Templates are everybody's to read, and no stage's to write.
create policy templates_are_shared on public.templates for select to pickup_functions using (true);
-- Only a preview is kept from knowing other stages' numbers: a call for one is told that it came to the wrong stage.
create policy numbers_are_known on public.numbers for select to pickup_functions
  using (not (select pickup.for_demo_only()));
alter table public.numbers add constraint numbers_preview_is_demo
  check (stage not like 'preview-%' or tenant_id is null or pickup.is_demo(tenant_id));

-- Makes the role that a stage's processes log in by, or gives it this password. Its name is given back.
create function pickup.admit_stage(stage pickup.stage, password text) returns name
language plpgsql as $$
declare
  own name := 'pickup-' || stage;
begin
  if to_regrole(quote_ident(own)) is null then
    execute format('create role %I', own);
  end if;
  execute format('alter role %I login password %L', own, password);
  execute format('grant pickup_stages to %I', own);
  execute format('grant %I to authenticator', own);
  return own;
end $$;

-- Its rows stay: forget_stage_v1 is theirs.
create function pickup.dismiss_stage(stage pickup.stage) returns void
language plpgsql as $$
begin
  execute format('drop role if exists %I', 'pickup-' || stage);
end $$;
