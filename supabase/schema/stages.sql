-- Stages side by side on one database (PT-28). The role "pickup-<stage>" reads and writes rows of its own stage alone,
-- and a preview's role those of demo tenants alone. No function checks this: the functions run as pickup_functions,
-- which row-level security binds, and the policies look at the caller. Operators (service_role, the owner) see all rows.

-- The role that calls: by PostgREST the token's role, else the one that logged in. A function's owner changes neither.
create function pickup.caller() returns name
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(nullif(current_setting('role'), 'none'), session_user)::pg_catalog.name
$$;

create function pickup.is_operator() returns boolean
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select pg_has_role(pickup.caller(), 'service_role', 'member')
$$;

-- The stage whose role calls; null for operators and strangers.
create function pickup.own_stage() returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select substring(pickup.caller()::pg_catalog.text from '^pickup-(.+)$')
$$;

create function pickup.for_demo_only() returns boolean
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(pickup.own_stage() like 'preview-%', true)
$$;

-- The rows of a table that a stage's role may read and write, as an SQL condition: rows that carry its stage, and whose
-- parents (by foreign key) it may see. Null for a table that has neither a stage nor a parent.
create function pickup.rows_of_stage(wanted regclass) returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  with rules as (
    select 'is_demo or not (select pickup.for_demo_only())' as rule where wanted = to_regclass('public.tenants')
    union all
    select 'stage = (select pickup.own_stage())' from pg_catalog.pg_attribute
    where attrelid = wanted and attname = 'stage' and not attisdropped
    union all
    select format('%1$I.%2$I is null or exists (select from %3$s as parent where parent.%4$I = %1$I.%2$I)',
                  t.relname, child.attname, k.confrelid::pg_catalog.regclass, parent.attname)
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class t on t.oid = k.conrelid
    join pg_catalog.pg_attribute child on child.attrelid = k.conrelid and child.attnum = k.conkey[1]
    join pg_catalog.pg_attribute parent on parent.attrelid = k.confrelid and parent.attnum = k.confkey[1]
    where k.conrelid = wanted and k.contype = 'f'
  )
  select string_agg('(' || rule || ')', ' and ' order by rule) from rules
$$;

-- Gives every table of schema public its policy and every function its owner. A migration that adds a table or a
-- function ends with `select pickup.bind_to_stages();`.
create function pickup.bind_to_stages() returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  bound pg_catalog.regclass;
  given pg_catalog.regprocedure;
  rule pg_catalog.text;
begin
  for bound in
    select oid from pg_catalog.pg_class
    where relnamespace = 'public'::pg_catalog.regnamespace and relkind in ('r', 'p')
  loop
    rule := '(select pickup.is_operator())' || coalesce(' or ' || nullif(pickup.rows_of_stage(bound), ''), '');
    execute format('alter table %s enable row level security', bound);
    execute format('drop policy if exists rows_of_stage on %s', bound);
    execute format('create policy rows_of_stage on %s to pickup_functions using (%s)', bound, rule);
  end loop;
  -- a function is given to a role that might create it, by a member of that role; afterwards it has no members again
  grant create on schema public to pickup_functions;
  grant pickup_functions to current_user;
  for given in
    select oid from pg_catalog.pg_proc
    where pronamespace = 'public'::pg_catalog.regnamespace and proname ~ '_v[0-9]+$'
      and proowner <> 'pickup_functions'::pg_catalog.regrole
  loop
    execute format('alter function %s owner to pickup_functions', given);
  end loop;
  revoke pickup_functions from current_user;
  revoke create on schema public from pickup_functions;
end $$;

-- Makes the role that a stage's processes log in by, or gives it this password; returns the role's name.
create function pickup.admit_stage(stage pickup.stage, password text) returns name
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  own pg_catalog.name := 'pickup-' || stage;
begin
  if to_regrole(quote_ident(own)) is null then
    execute format('create role %I', own);
  end if;
  execute format('alter role %I login password %L', own, password);
  execute format('grant pickup_stages to %I', own);
  execute format('grant %I to authenticator', own);
  return own;
end $$;

-- Drops the stage's role. Its rows stay: forget_stage_v1 deletes those.
create function pickup.dismiss_stage(stage pickup.stage) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  execute format('drop role if exists %I', 'pickup-' || stage);
end $$;

-- {stage} -> {deleted}: how many calls. Deletes every row that carries a preview's stage, what was imported for it
-- included, in one transaction (PT-30); its numbers stay. Other stages are refused.
create function public.forget_stage_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  held pg_catalog.regclass;
  gone integer;
  deleted integer := 0;
begin
  if p ->> 'stage' not like 'preview-%' then
    raise exception 'only a preview''s rows may be deleted as one, not those of %', p ->> 'stage'
      using errcode = 'restrict_violation';
  end if;
  -- the calls first, as most rows go with theirs
  for held in
    select c.oid from pg_catalog.pg_class c
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'stage' and not a.attisdropped
    where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relkind in ('r', 'p') and c.relname <> 'numbers'
    order by c.relname <> 'calls', c.relname
  loop
    execute format('delete from %s where stage = $1', held) using p ->> 'stage';
    get diagnostics gone = row_count;
    if held = 'public.calls'::pg_catalog.regclass then
      deleted := gone;
    end if;
  end loop;
  return jsonb_build_object('deleted', deleted);
end $$;
