-- Written by `make baseline` from supabase/schema/*.sql.

set local lock_timeout = '5s';
set local statement_timeout = '60s';

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


-- Templates of conversations: append-only versions of each name, and which of them serve a stage's calls.

create table public.templates (
  name text not null constraint templates_name_known check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  version integer not null constraint templates_version_positive check (version > 0),
  body jsonb not null
    constraint templates_body_named check (jsonb_typeof(body) = 'object' and body ->> 'name' is not distinct from name)
    constraint templates_body_bounded check (length(body::pg_catalog.text) <= 400000),
  created_at timestamptz not null default pickup.now(),
  constraint templates_pkey primary key (name, version)
);
-- The same body is the same version, however often and however late it comes.
create unique index templates_body_once on public.templates (name, md5(body::pg_catalog.text));
alter table public.templates enable row level security;
-- Every stage may read templates, and none may write them.
create policy templates_are_shared on public.templates for select to pickup_functions using (true);

create function pickup.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  raise exception '% is append-only: add a new version instead', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger templates_append_only before update or delete on public.templates
  for each row execute function pickup.refuse_change();

-- What serves a stage's calls to a template, a row for each change; the newest one holds. A version that is null is the
-- one that the agent's release ships.
create table public.template_rollouts (
  stage pickup.stage not null,
  name text not null,
  step integer not null constraint template_rollouts_step_positive check (step > 0),
  key text not null,
  action text not null
    constraint template_rollouts_action_known check (action in ('published', 'rolled_back', 'withdrawn')),
  stable integer,
  trial integer,
  share integer constraint template_rollouts_share_percent check (share between 1 and 99),
  earlier integer[] not null default '{}',
  at timestamptz not null default pickup.now(),
  constraint template_rollouts_pkey primary key (stage, name, step),
  constraint template_rollouts_trial_has_share check ((trial is null) = (share is null)),
  constraint template_rollouts_stable_fkey foreign key (name, stable) references public.templates (name, version),
  constraint template_rollouts_trial_fkey foreign key (name, trial) references public.templates (name, version)
);
comment on column public.template_rollouts.stable is 'Serves all calls but the share of the trial.';
comment on column public.template_rollouts.share is 'Percent of the callers whom the trial serves.';
comment on column public.template_rollouts.earlier is 'What was stable before, the latest last: a rollback returns to it.';
comment on column public.template_rollouts.key is 'The command''s own: one that comes twice changes nothing.';
create unique index template_rollouts_once on public.template_rollouts (stage, name, key);
alter table public.template_rollouts enable row level security;

create function pickup.rollout_answer(r public.template_rollouts) returns jsonb
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select case when r.step is not null then jsonb_build_object(
    'step', r.step, 'stable', r.stable, 'trial', r.trial, 'share', r.share, 'earlier', to_jsonb(r.earlier),
    'withdrawn', r.action = 'withdrawn') end
$$;

create function pickup.rollout_row(wanted_stage text, wanted_name text) returns public.template_rollouts
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select r from public.template_rollouts r
  where r.stage = wanted_stage and r.name = wanted_name order by r.step desc limit 1
$$;

-- The rollout that holds: {step, stable, trial, share, earlier, withdrawn}; null where the shipped template serves all calls.
create function pickup.rollout_of(wanted_stage text, wanted_name text) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select pickup.rollout_answer(pickup.rollout_row(wanted_stage, wanted_name))
$$;

-- The other templates that a body hands calls to: those that its model may choose, and those that its nodes go to.
create function pickup.leads_to(body jsonb) returns text[]
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(array_agg(distinct name order by name), '{}') from (
    select route #>> '{}' as name from jsonb_path_query(body, '$.orchestrator.agent_templates[*].template') as route
    where body ->> 'is_orchestrator' = 'true'
    union
    select split_part(goal #>> '{}', '/', 1) from jsonb_path_query(body, '$.nodes.*.intents[*].go') as goal
    where goal #>> '{}' like '%/%') as led
$$;

-- What a template that serves a stage's calls is, {is_orchestrator, leads_to}, a row for each version that serves; none
-- where it is withdrawn. `shipped`: {name: {is_orchestrator, leads_to}, …} of the release.
create function pickup.serving(wanted_stage text, wanted_name text, shipped jsonb) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('is_orchestrator', t.body ->> 'is_orchestrator' = 'true', 'leads_to', pickup.leads_to(t.body))
  from pickup.rollout_row(wanted_stage, wanted_name) r
  join public.templates t on t.name = wanted_name and t.version in (r.stable, r.trial)
  where r.action <> 'withdrawn'
  union all
  select shipped -> wanted_name
  from pickup.rollout_row(wanted_stage, wanted_name) r
  where shipped -> wanted_name is not null and r.stable is null and r.action is distinct from 'withdrawn'
$$;

create function pickup.is_orchestrator(wanted_stage text, wanted_name text, shipped jsonb) returns boolean
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select exists (
    select from pickup.serving(wanted_stage, wanted_name, shipped) as s where s ->> 'is_orchestrator' = 'true')
$$;

-- The lock under which it is decided which templates of a stage are active, and where its numbers ring.
create function pickup.lock_routing(wanted_stage text) returns void
language sql volatile set search_path = pg_catalog, public, pg_temp as $$
  select pg_advisory_xact_lock(hashtextextended('routing ' || wanted_stage, 0))
$$;

-- {name, body} -> {version, added}. A body that the name has already is that version.
-- Locks: the name.
create function public.put_template_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  known integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('template ' || (p ->> 'name'), 0));
  select t.version into known from public.templates t where t.name = p ->> 'name' and t.body = p -> 'body';
  if known is not null then
    return jsonb_build_object('version', known, 'added', false);
  end if;
  insert into public.templates (name, version, body)
  select p ->> 'name', coalesce(max(t.version), 0) + 1, p -> 'body' from public.templates t where t.name = p ->> 'name'
  returning version into known;
  return jsonb_build_object('version', known, 'added', true);
end $$;

-- {stage, name, version, share, key} -> rollout with `changed`. With a share of 100 the version serves all calls, with
-- less it is the trial, in the place of an earlier one. The same key again answers as before and changes nothing.
-- A version that hands calls to a withdrawn template is refused (OR003).
-- Locks: the stage's routing, then its template.
create function public.publish_template_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted integer := (p ->> 'version')::integer;
  percent integer := coalesce((p ->> 'share')::integer, 100);
  before public.template_rollouts;
  after public.template_rollouts;
  gone pg_catalog.text;
begin
  perform pickup.lock_routing(p ->> 'stage');
  perform pg_advisory_xact_lock(hashtextextended('rollout ' || (p ->> 'stage') || ' ' || (p ->> 'name'), 0));
  select * into after from public.template_rollouts r
  where r.stage = p ->> 'stage' and r.name = p ->> 'name' and r.key = p ->> 'key';
  if found then
    return pickup.rollout_answer(after) || '{"changed": false}';
  end if;
  if wanted is null or percent not between 1 and 100 then
    raise exception 'a version is published to 1 to 100 percent of the callers, not %', coalesce(p ->> 'share', 'none')
      using errcode = 'check_violation', constraint = 'template_rollouts_share_percent';
  end if;
  if not exists (select from public.templates t where t.name = p ->> 'name' and t.version = wanted) then
    raise exception 'there is no version % of %', wanted, p ->> 'name'
      using errcode = 'foreign_key_violation', constraint = 'template_rollouts_stable_fkey';
  end if;
  select target into gone
  from public.templates t, unnest(pickup.leads_to(t.body)) as target
  where t.name = p ->> 'name' and t.version = wanted
    and (pickup.rollout_row(p ->> 'stage', target)).action = 'withdrawn'
  order by target limit 1;
  if gone is not null then
    raise exception 'version % of % hands calls to %, which is withdrawn in %', wanted, p ->> 'name', gone, p ->> 'stage'
      using errcode = 'OR003', hint = 'Publish that one first.';
  end if;
  before := pickup.rollout_row(p ->> 'stage', p ->> 'name');
  if wanted = before.stable and percent < 100 then
    raise exception 'version % of % serves all callers already', wanted, p ->> 'name'
      using errcode = 'check_violation', constraint = 'template_rollouts_share_percent';
  end if;
  if before.action <> 'withdrawn'
    and ((wanted = before.stable and before.trial is null) or (wanted = before.trial and percent = before.share)) then
    return pickup.rollout_answer(before) || '{"changed": false}';
  end if;
  insert into public.template_rollouts (stage, name, step, key, action, stable, trial, share, earlier)
  values (
    p ->> 'stage', p ->> 'name', coalesce(before.step, 0) + 1, p ->> 'key', 'published',
    case when percent = 100 then wanted else before.stable end, case when percent < 100 then wanted end,
    case when percent < 100 then percent end,
    case when percent = 100 and wanted is distinct from before.stable
      then (coalesce(before.earlier, '{}') || before.stable)
        [greatest(cardinality(coalesce(before.earlier, '{}')) - 18, 1):]
      else coalesce(before.earlier, '{}') end)
  returning * into after;
  return pickup.rollout_answer(after) || '{"changed": true}';
end $$;

-- {stage, name, key, shipped} -> rollout with `changed`. The template answers no call from now on, until it is published
-- again or rolled back. One that an active template hands calls to, or that answers a number, is refused (OR002).
-- Locks: the stage's routing, then its template.
create function public.withdraw_template_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  shipped pg_catalog.jsonb := coalesce(p -> 'shipped', '{}');
  before public.template_rollouts;
  after public.template_rollouts;
  needed_by pg_catalog.text;
begin
  perform pickup.lock_routing(p ->> 'stage');
  perform pg_advisory_xact_lock(hashtextextended('rollout ' || (p ->> 'stage') || ' ' || (p ->> 'name'), 0));
  select * into after from public.template_rollouts r
  where r.stage = p ->> 'stage' and r.name = p ->> 'name' and r.key = p ->> 'key';
  if found then
    return pickup.rollout_answer(after) || '{"changed": false}';
  end if;
  before := pickup.rollout_row(p ->> 'stage', p ->> 'name');
  if before.action = 'withdrawn' then
    return pickup.rollout_answer(before) || '{"changed": false}';
  end if;
  select string_agg(needing, ', ' order by needing) into needed_by from (
    select 'the template ' || others.name as needing from (
      select r.name from public.template_rollouts r where r.stage = p ->> 'stage'
      union select jsonb_object_keys(shipped)) as others
    where others.name <> p ->> 'name'
      and exists (select from pickup.serving(p ->> 'stage', others.name, shipped) as s
                  where s -> 'leads_to' ? (p ->> 'name'))
    union all
    select 'the number ' || n.did from public.numbers n
    where n.active and n.stage = p ->> 'stage' and n.template = p ->> 'name') as all_needing;
  if needed_by is not null then
    raise exception '% is needed in % by %', p ->> 'name', p ->> 'stage', needed_by
      using errcode = 'OR002', hint = 'Let those go elsewhere first.';
  end if;
  insert into public.template_rollouts (stage, name, step, key, action, stable, earlier)
  values (
    p ->> 'stage', p ->> 'name', coalesce(before.step, 0) + 1, p ->> 'key', 'withdrawn', before.stable,
    coalesce(before.earlier, '{}'))
  returning * into after;
  return pickup.rollout_answer(after) || '{"changed": true}';
end $$;

-- {stage, name, key} -> rollout with `changed`. Takes a withdrawal back, or ends the trial; without either, what was stable before serves all calls
-- again. The same key again answers as before and changes nothing.
-- Locks: the stage's template.
create function public.roll_back_template_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  before public.template_rollouts;
  after public.template_rollouts;
  left_over integer;
  kept boolean;
begin
  perform pg_advisory_xact_lock(hashtextextended('rollout ' || (p ->> 'stage') || ' ' || (p ->> 'name'), 0));
  select * into after from public.template_rollouts r
  where r.stage = p ->> 'stage' and r.name = p ->> 'name' and r.key = p ->> 'key';
  if found then
    return pickup.rollout_answer(after) || '{"changed": false}';
  end if;
  before := pickup.rollout_row(p ->> 'stage', p ->> 'name');
  left_over := coalesce(cardinality(before.earlier), 0);
  kept := before.trial is not null or before.action = 'withdrawn';
  if before.trial is null and left_over = 0 and before.action is distinct from 'withdrawn' then
    raise exception 'nothing of % was published before in %', coalesce(p ->> 'name', 'no template'), p ->> 'stage'
      using errcode = 'no_data_found';
  end if;
  insert into public.template_rollouts (stage, name, step, key, action, stable, earlier)
  values (
    p ->> 'stage', p ->> 'name', before.step + 1, p ->> 'key', 'rolled_back',
    case when kept then before.stable else before.earlier[left_over] end,
    case when kept then before.earlier else before.earlier[:left_over - 1] end)
  returning * into after;
  return pickup.rollout_answer(after) || '{"changed": true}';
end $$;

-- {stage, name} -> rollout | null
create function public.template_rollout_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select pickup.rollout_of(p ->> 'stage', p ->> 'name')
$$;

-- {name, version} -> body | null
create function public.template_body_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t.body from public.templates t where t.name = p ->> 'name' and t.version = (p ->> 'version')::integer
$$;


-- Tenants, and the callers whom they block.

create table public.tenants (
  id uuid primary key default gen_random_uuid(),
  name text not null constraint tenants_name_not_empty check (btrim(name) <> ''),
  timezone text not null constraint tenants_timezone_known check (pickup.is_timezone(timezone)),
  language text not null default 'en' constraint tenants_language_tag check (language ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  greeting text constraint tenants_greeting_not_empty check (greeting ~ '\S'),
  facts jsonb not null default '{}' constraint tenants_facts_object check (jsonb_typeof(facts) = 'object')
    constraint tenants_facts_texts check (pickup.are_texts(facts)),
  extras jsonb not null default '{}' constraint tenants_extras_object check (jsonb_typeof(extras) = 'object'),
  escalation_contact_email text,
  phone text,
  calls_limit integer constraint tenants_calls_limit_positive check (calls_limit >= 0),
  created_at timestamptz not null default pickup.now(),
  is_demo boolean generated always as (pickup.is_demo(id)) stored
);
comment on column public.tenants.calls_limit is 'Admitted calls per calendar month in the timezone; null: unlimited.';
alter table public.tenants enable row level security;
create policy own_tenant on public.tenants for select to authenticated
  using (id = pickup.current_tenant_id() and not is_demo);
create view public.customer_tenants with (security_invoker = true) as
  select id, name, timezone, language, greeting, facts, escalation_contact_email, phone, calls_limit, created_at
  from public.tenants where not is_demo;

create table public.blocked_callers (
  tenant_id uuid not null constraint blocked_callers_tenant_id_fkey references public.tenants (id) on delete cascade,
  caller text not null constraint blocked_callers_caller_not_empty check (caller <> ''),
  reason text,
  created_at timestamptz not null default pickup.now(),
  constraint blocked_callers_pkey primary key (tenant_id, caller)
);
comment on column public.blocked_callers.caller is 'A telephone number in any notation, in digits.';
alter table public.blocked_callers enable row level security;
create policy own_blocked_callers on public.blocked_callers for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not pickup.is_demo(tenant_id));
create view public.customer_blocked_callers with (security_invoker = true) as
  select tenant_id, caller, reason, created_at from public.blocked_callers where not pickup.is_demo(tenant_id);

grant select on public.tenants, public.customer_tenants, public.blocked_callers, public.customer_blocked_callers
  to authenticated;


-- The people of a tenant whom callers may be put through to.

create table public.tenant_people (
  tenant_id uuid not null constraint tenant_people_tenant_id_fkey references public.tenants (id) on delete cascade,
  name text not null constraint tenant_people_name_not_empty check (name ~ '\S'),
  number text not null constraint tenant_people_number_form check (number ~ '^(\+[1-9]\d{6,14}|\d{2,6})$'),
  queue text constraint tenant_people_queue_not_empty check (queue ~ '\S'),
  place integer not null default 1 constraint tenant_people_place_positive check (place between 1 and 1000),
  hours jsonb constraint tenant_people_hours_object check (jsonb_typeof(hours) = 'object'),
  cold boolean not null default false,
  created_at timestamptz not null default pickup.now(),
  constraint tenant_people_pkey primary key (tenant_id, name)
);
comment on column public.tenant_people.number is 'E.164, or an extension of the tenant''s own exchange.';
comment on column public.tenant_people.place is 'In the queue: the lowest is called first.';
comment on column public.tenant_people.hours is 'As the tenant''s opening hours; null: the tenant''s own.';
comment on column public.tenant_people.cold is 'Whether the caller''s leg is handed over without asking the person.';
alter table public.tenant_people enable row level security;
create policy own_tenant_people on public.tenant_people for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not pickup.is_demo(tenant_id));
grant select on public.tenant_people to authenticated;

create function pickup.people_of(tenant uuid) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', p.name, 'number', p.number, 'queue', p.queue, 'place', p.place, 'hours', p.hours, 'cold', p.cold)
    order by p.place, p.name), '[]')
  from public.tenant_people p where p.tenant_id = tenant
$$;

-- {tenant_id} -> tenant | null
create function public.tenant_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'tenant_id', t.id, 'name', t.name, 'timezone', t.timezone, 'language', t.language, 'greeting', t.greeting,
    'facts', t.facts, 'extras', t.extras, 'escalation_contact_email', t.escalation_contact_email, 'phone', t.phone,
    'people', pickup.people_of(t.id))
  from public.tenants t where t.id = (p ->> 'tenant_id')::pg_catalog.uuid
$$;

-- {tenant_id, name, number, queue, place, hours, cold} -> {made}: whether the person is new
create function public.put_person_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  made boolean;
begin
  insert into public.tenant_people as t (tenant_id, name, number, queue, place, hours, cold)
  values ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'name', p ->> 'number', p ->> 'queue',
    coalesce((p ->> 'place')::pg_catalog.int4, 1), nullif(p -> 'hours', 'null'), coalesce((p ->> 'cold')::pg_catalog.bool, false))
  on conflict (tenant_id, name) do update
    set number = excluded.number, queue = excluded.queue, place = excluded.place, hours = excluded.hours, cold = excluded.cold
  returning (t.xmax = 0) into made;
  return jsonb_build_object('made', made);
end $$;

-- {tenant_id, name} -> {removed}
create function public.remove_person_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from public.tenant_people t where t.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and t.name = p ->> 'name';
  return jsonb_build_object('removed', found);
end $$;


-- The calls limit of a tenant: each call that counts takes one place of the tenant's calendar month. Synthetic calls
-- take none.

create table public.call_places (
  call_id text collate "C" constraint call_places_pkey primary key,
  tenant_id uuid not null constraint call_places_tenant_id_fkey references public.tenants (id) on delete cascade,
  month date not null,
  taken_at timestamptz not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  stage pickup.stage not null
);
comment on column public.call_places.call_id is 'A place is taken before its call''s row is written, hence no key.';
create index call_places_month on public.call_places (tenant_id, month);
alter table public.call_places enable row level security;

-- How many places of its limit a tenant used in each month.
create view public.customer_usage with (security_invoker = true) as
  select tenant_id, month, count(*)::integer as calls from public.call_places where not is_demo group by tenant_id, month;

-- The first day of the month in which `at` lies, in that time zone; in UTC where Postgres doesn't know the zone, as a
-- call must not fail for that.
create function pickup.month_of(at timestamptz, timezone text) returns date
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
begin
  return date_trunc('month', at at time zone timezone)::pg_catalog.date;
exception when invalid_parameter_value then
  return date_trunc('month', at at time zone 'UTC')::pg_catalog.date;
end $$;

create function pickup.places_taken(tenant public.tenants, at timestamptz) returns integer
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select count(*)::integer from public.call_places
  where tenant_id = tenant.id and month = pickup.month_of(at, tenant.timezone)
$$;

-- {call_id, tenant_id, at, synthetic, stage} -> {taken, used, limit}. Atomic, so that calls at once never take more
-- places than are left (PT-16). A call that has a place keeps it; a synthetic call needs none.
-- Locks: the tenant's row, then the place's.
create function public.take_place_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  tenant public.tenants;
  used integer;
begin
  select * into tenant from public.tenants where id = (p ->> 'tenant_id')::pg_catalog.uuid for no key update;
  if not found then
    raise exception 'no tenant %', p ->> 'tenant_id' using errcode = 'no_data_found';
  end if;
  used := pickup.places_taken(tenant, (p ->> 'at')::pg_catalog.timestamptz);
  if coalesce((p ->> 'synthetic')::boolean, false)
    or exists (select from public.calls where call_id = p ->> 'call_id' and synthetic)
    or exists (select from public.call_places where call_id = p ->> 'call_id')
  then
    return jsonb_build_object('taken', true, 'used', used, 'limit', tenant.calls_limit);
  end if;
  if used >= tenant.calls_limit then
    return jsonb_build_object('taken', false, 'used', used, 'limit', tenant.calls_limit);
  end if;
  insert into public.call_places (call_id, tenant_id, month, taken_at, stage)
  values (p ->> 'call_id', tenant.id, pickup.month_of((p ->> 'at')::pg_catalog.timestamptz, tenant.timezone),
          (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage')
  on conflict (call_id) do nothing;
  return jsonb_build_object('taken', true, 'used', used + 1, 'limit', tenant.calls_limit);
end $$;


-- Numbers: which stage and which tenant a dialled number rings for. A null answer means that no such row was found.

create table public.numbers (
  id uuid primary key default gen_random_uuid(),
  did text not null constraint numbers_did_e164 check (did ~ '^\+[1-9][0-9]{6,14}$'),
  stage pickup.stage not null,
  tenant_id uuid constraint numbers_tenant_id_fkey references public.tenants (id),
  route text not null default 'tenant'
    constraint numbers_route_known check (route in ('tenant', 'sales', 'demo_router')),
  template text,
  active boolean not null default true,
  allowlist text[] not null default '{}',
  created_at timestamptz not null default pickup.now(),
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  fallback text not null default 'announcement'
    constraint numbers_fallback_known check (fallback in ('announcement', 'voicemail', 'forward')),
  forward_to text constraint numbers_forward_to_e164 check (forward_to ~ '^\+[1-9][0-9]{6,14}$'),
  access text not null default 'open'
    constraint numbers_access_known check (access in ('open', 'private', 'public')),
  unlisted_callers text not null default 'reject'
    constraint numbers_unlisted_callers_known check (unlisted_callers in ('reject', 'guest')),
  unattested_callers text not null default 'accept'
    constraint numbers_unattested_callers_known check (unattested_callers in ('accept', 'guest', 'reject')),
  constraint numbers_only_tenant_route_has_tenant check (route = 'tenant' or tenant_id is null),
  constraint numbers_forward_has_target check (fallback <> 'forward' or forward_to is not null),
  constraint numbers_forward_elsewhere check (forward_to <> did),
  constraint numbers_allowlist_filled check (array_position(allowlist, null) is null and not '' = any (allowlist)),
  constraint numbers_preview_is_demo
    check (stage not like 'preview-%' or tenant_id is null or pickup.is_demo(tenant_id))
);
comment on column public.numbers.allowlist is 'The callers who may call, in any notation; empty: everybody.';
comment on column public.numbers.access is 'private: those on the allowlist alone have its tools and data; public: nobody.';
comment on column public.numbers.unlisted_callers is 'What a private number does with callers who are not on its allowlist.';
comment on column public.numbers.unattested_callers is 'What a private number does with callers on its allowlist whose number the carrier doesn''t vouch for.';
comment on column public.numbers.fallback is 'What a caller gets when no agent answers.';
-- A number rings at one place (PT-09): active for at most one tenant and one stage.
create unique index numbers_active_did on public.numbers (did) where active;
create index numbers_did on public.numbers (did);
create index numbers_tenant on public.numbers (tenant_id);

-- A number forwards to somebody else's number: one of ours would ring here again, and may forward back.
create function pickup.refuse_own_forward() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  ours pg_catalog.text;
begin
  select n.did into ours from public.numbers n
  where n.active and n.id <> new.id
    and ((new.fallback = 'forward' and n.did = new.forward_to) or (n.fallback = 'forward' and n.forward_to = new.did))
  order by n.did limit 1;
  if ours is not null then
    raise exception '% would forward to a number of ours: %',
      case when ours = new.forward_to then new.did else ours end,
      case when ours = new.forward_to then ours else new.did end
      using errcode = 'check_violation', constraint = 'numbers_forward_is_not_ours',
        hint = 'Forward to a telephone of the business.';
  end if;
  return new;
end $$;

create trigger numbers_forward_is_not_ours before insert or update on public.numbers
  for each row when (new.active) execute function pickup.refuse_own_forward();

alter table public.numbers enable row level security;
create policy own_numbers on public.numbers for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
-- Production and local may see which numbers belong to other stages, so that a call can be answered "wrong stage".
create policy numbers_are_known on public.numbers for select to pickup_functions
  using (not (select pickup.for_demo_only()));
create view public.customer_numbers with (security_invoker = true) as
  select did, tenant_id, route, template, active from public.numbers where tenant_id is not null and not is_demo;
grant select on public.numbers, public.customer_numbers to authenticated;

-- {did, caller} -> listing | null. `caller` is a comparing key. `blocked_alike`: entries of the tenant's blocklist whose
-- digits hold the caller's last seven. People write them in many notations, which only the program's parser knows. `rivals`: the templates of
-- other active rows of the number, of which there is none unless somebody broke the rule behind the functions' back.
create function public.listing_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'did', n.did, 'stage', n.stage, 'active', n.active, 'route', n.route, 'tenant_id', n.tenant_id,
    'template', n.template, 'allowlist', to_jsonb(n.allowlist),
    'access', n.access, 'unlisted_callers', n.unlisted_callers,
    'unattested_callers', n.unattested_callers,
    'caller_blocked', exists (
      select from public.blocked_callers b where b.tenant_id = n.tenant_id and b.caller = p ->> 'caller'),
    'blocked_alike', (
      select coalesce(jsonb_agg(b.caller), '[]') from public.blocked_callers b
      where b.tenant_id = n.tenant_id and p ->> 'caller' <> ''
        and regexp_replace(b.caller, '[^0-9]', '', 'g')
          like '%' || right(regexp_replace(p ->> 'caller', '[^0-9]', '', 'g'), 7) || '%'),
    'calls_limit', t.calls_limit,
    'calls_used', case when t.id is null then 0 else pickup.places_taken(t, pickup.now()) end,
    'language', coalesce(t.language, 'en'), 'fallback', n.fallback, 'forward_to', n.forward_to,
    'rollout', pickup.rollout_of(n.stage, n.template),
    'rivals', (
      select coalesce(jsonb_agg(distinct r.template) filter (where r.template is not null), '[]') from public.numbers r
      where r.did = n.did and r.active and n.active and r.id <> n.id))
  from public.numbers n left join public.tenants t on t.id = n.tenant_id
  where n.did = p ->> 'did'
  order by n.active desc, n.created_at desc, n.id
  limit 1
$$;

-- {did} -> {stage, active, route, tenant_id} | null: the row that listing_v1 reads, without what it joins.
create function public.holding_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('stage', n.stage, 'active', n.active, 'route', n.route, 'tenant_id', n.tenant_id)
  from public.numbers n
  where n.did = p ->> 'did'
  order by n.active desc, n.created_at desc, n.id
  limit 1
$$;

-- {stage} -> [did, …]: the stage's active numbers
create function public.dids_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(n.did order by n.did), '[]')
  from public.numbers n where n.active and n.stage = p ->> 'stage'
$$;

-- {stage} -> {numbers: [{did, stage, route, tenant_id, template, allowlist, access, fallback, forward_to, tenant}, …], forwards:
-- {did: forward_to | null, …}}: all that calls to the stage's active numbers depend on, and where each active number of
-- ours that the caller may see forwards to.
create function public.setups_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'numbers', coalesce(jsonb_agg(jsonb_build_object(
      'did', n.did, 'stage', n.stage, 'route', n.route, 'tenant_id', n.tenant_id, 'template', n.template,
      'allowlist', to_jsonb(n.allowlist), 'access', n.access, 'fallback', n.fallback, 'forward_to', n.forward_to,
      'tenant', public.tenant_v1(jsonb_build_object('tenant_id', n.tenant_id))) order by n.did)
      filter (where n.stage = p ->> 'stage'), '[]'),
    'forwards', coalesce(jsonb_object_agg(
      n.did, case when n.fallback = 'forward' then n.forward_to end), '{}'))
  from public.numbers n where n.active
$$;

-- {did, stage, tenant_id, route, template, allowlist, access, unlisted_callers, unattested_callers, fallback, forward_to,
-- shipped} -> {bound}. Binding to the same tenant and stage again updates the binding, but a null `access`,
-- `unlisted_callers` or `unattested_callers` leaves it as it is; a number that is active elsewhere is refused with the
-- name of its holder (PT-09). So is a second orchestrator for it (OR001), and a withdrawn template (OR004). `shipped`: see
-- pickup.serving.
-- Locks: the stage's routing, then the number's row.
create function public.bind_number_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  holder pg_catalog.text;
  shipped pg_catalog.jsonb := coalesce(p -> 'shipped', '{}');
begin
  perform pickup.lock_routing(p ->> 'stage');
  if (pickup.rollout_row(p ->> 'stage', p ->> 'template')).action = 'withdrawn' then
    raise exception 'the template % is withdrawn in %', p ->> 'template', p ->> 'stage'
      using errcode = 'OR004', hint = 'Publish it first.';
  end if;
  select n.template into holder from public.numbers n
  where n.did = p ->> 'did' and n.active and n.stage = p ->> 'stage' and n.template <> p ->> 'template'
    and pickup.is_orchestrator(n.stage, n.template, shipped)
    and pickup.is_orchestrator(n.stage, p ->> 'template', shipped);
  if found then
    raise exception '% has the orchestrator % already: % would be a second one', p ->> 'did', holder, p ->> 'template'
      using errcode = 'OR001', hint = 'Release the number first.';
  end if;
  insert into public.numbers as n
    (did, stage, tenant_id, route, template, allowlist, access, unlisted_callers, unattested_callers, fallback, forward_to)
  values (p ->> 'did', p ->> 'stage', (p ->> 'tenant_id')::pg_catalog.uuid, coalesce(p ->> 'route', 'tenant'),
          p ->> 'template',
          array(select jsonb_array_elements_text(coalesce(p -> 'allowlist', '[]'))),
          coalesce(p ->> 'access', 'open'), coalesce(p ->> 'unlisted_callers', 'reject'),
          coalesce(p ->> 'unattested_callers', 'accept'),
          coalesce(p ->> 'fallback', 'announcement'), p ->> 'forward_to')
  on conflict (did) where active do update
    set route = excluded.route, template = excluded.template, allowlist = excluded.allowlist,
      access = coalesce(p ->> 'access', n.access),
      unlisted_callers = coalesce(p ->> 'unlisted_callers', n.unlisted_callers),
      unattested_callers = coalesce(p ->> 'unattested_callers', n.unattested_callers),
      fallback = excluded.fallback, forward_to = excluded.forward_to
    where n.stage = excluded.stage and n.tenant_id is not distinct from excluded.tenant_id;
  if found then
    return jsonb_build_object('bound', true);
  end if;
  select format('%s in stage %s', coalesce(t.name || ' (' || t.id || ')', n.route), n.stage) into holder
  from public.numbers n left join public.tenants t on t.id = n.tenant_id
  where n.did = p ->> 'did' and n.active;
  raise exception '% is already active for %; release it there first', p ->> 'did', coalesce(holder, 'somebody else')
    using errcode = 'unique_violation', constraint = 'numbers_active_did';
end $$;

-- {did, stage} -> {released}. The number stays known, as inactive.
create function public.release_number_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.numbers set active = false where did = p ->> 'did' and stage = p ->> 'stage' and active;
  return jsonb_build_object('released', found);
end $$;


-- Calls and their events: one row a call, whatever order its opening, its events and the accounts of its end arrive in.

create table public.calls (
  call_id text collate "C" constraint calls_pkey primary key
    constraint calls_call_id_long_enough check (length(call_id) >= 6),
  stage pickup.stage not null,
  release text not null,
  direction text not null default 'inbound' constraint calls_direction_known check (direction in ('inbound', 'outbound')),
  attempt_id uuid,
  -- from the opening
  opened_at timestamptz,
  medium text constraint calls_medium_known check (medium in ('phone', 'browser', 'screen')),
  did_raw text,
  did text,
  caller_raw text,
  caller text,
  tenant_id uuid constraint calls_tenant_id_fkey references public.tenants (id),
  template text,
  template_version text,
  decision jsonb not null default '{}',
  synthetic boolean not null default false,
  ringing_at timestamptz,
  -- from the accounts of its end (completion.sql)
  completed_at timestamptz,
  completed_by text constraint calls_witness_known
    check (completed_by in ('agent', 'room_finished', 'carrier', 'watchdog')),
  disposition text constraint calls_disposition_known
    check (disposition in ('ANSWERED', 'NO_ANSWER', 'BUSY', 'FAILED', 'CONGESTION', 'ABANDONED')),
  outcome text,
  answered_at timestamptz,
  ended_at timestamptz,
  ended_by text constraint calls_ended_by_known check (ended_by in ('caller', 'agent', 'system')),
  end_reason text,
  facts jsonb not null default '{}',
  transcript jsonb not null default '[]',
  usage jsonb not null default '[]',
  cost_usd numeric(12, 6),
  cost_items jsonb not null default '{}',
  traversal jsonb not null default '[]',
  witnesses jsonb not null default '{}',
  created_at timestamptz not null default pickup.now(),
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint calls_completed_has_verdict
    check (completed_at is null or (completed_by is not null and disposition is not null and outcome is not null))
);
comment on column public.calls.attempt_id is 'Of an outbound call: the attempt that it is.';
comment on column public.calls.template_version is 'The version that the call was served by, or shipped: its release''s own.';
comment on column public.calls.synthetic is 'Made by ourselves as a test: no limit, bill or missed-call page counts it.';
comment on column public.calls.witnesses is 'Part of the call''s end → the witness whose account it is from.';
create index calls_recent on public.calls (stage, ringing_at desc);
create index calls_tenant on public.calls (tenant_id, ringing_at desc);
create index calls_open on public.calls (stage, coalesce(ringing_at, created_at)) where completed_at is null;

alter table public.calls enable row level security;
create policy own_calls on public.calls for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_calls with (security_invoker = true) as
  select call_id, tenant_id, template, did, caller, ringing_at, answered_at, ended_at, disposition, outcome, transcript,
    cost_usd
  from public.calls where tenant_id is not null and not is_demo and not synthetic;

-- Append-only facts of a call's life; the key makes each one idempotent within its call.
create table public.call_events (
  call_id text collate "C" not null
    constraint call_events_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  kind text not null,
  at timestamptz not null,
  fields jsonb not null default '{}',
  stage pickup.stage not null,
  release text not null,
  constraint call_events_pkey primary key (call_id, key)
);
alter table public.call_events enable row level security;
-- A customer sees what hangs on a call that they see: row-level security holds inside such a subquery too.
create policy own_call_events on public.call_events for select to authenticated
  using (exists (select from public.calls c where c.call_id = call_events.call_id));

-- Other names of a call: a call that came by the carrier has its id from there; LiveKit's webhooks know its room's only.
create table public.call_aliases (
  alias text collate "C" constraint call_aliases_pkey primary key,
  call_id text collate "C" not null
    constraint call_aliases_call_id_fkey references public.calls (call_id) on delete cascade
);
create index call_aliases_call on public.call_aliases (call_id);
alter table public.call_aliases enable row level security;
create policy own_call_aliases on public.call_aliases for select to authenticated
  using (exists (select from public.calls c where c.call_id = call_aliases.call_id));

grant select on public.calls, public.customer_calls, public.call_events to authenticated;

-- Whatever names a call first makes its row; the opening fills it in when it comes.
create function pickup.ensure_call(p jsonb) returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into public.calls (call_id, stage, release) values (p ->> 'call_id', p ->> 'stage', p ->> 'release')
  on conflict (call_id) do nothing
$$;

create function pickup.alias_lock(alias text) returns bigint
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select hashtextextended('call alias ' || alias, 0)
$$;

-- The payload with the call's own id.
-- Locks: the alias, shared, until the transaction ends; every function takes it before the call's row.
create function pickup.canonical(p jsonb) returns jsonb
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  known pg_catalog.text;
begin
  -- without the lock a row for the room's name could slip in between know_alias's copy and its delete
  perform pg_advisory_xact_lock_shared(pickup.alias_lock(p ->> 'call_id'));
  select call_id into known from public.call_aliases where alias = p ->> 'call_id';
  return case when known is null then p else p || jsonb_build_object('call_id', known) end;
end $$;

-- From now on `room_id` names this call; the events that were written under it before move here.
-- Locks: the alias, exclusively. The caller holds the call's row by then, under a call_id that is nobody's alias.
create function pickup.know_alias(p jsonb) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  other pg_catalog.text := p ->> 'room_id';
begin
  if other is null or other = p ->> 'call_id' then
    return;
  end if;
  perform pg_advisory_xact_lock(pickup.alias_lock(other));
  insert into public.call_aliases (alias, call_id) values (other, p ->> 'call_id') on conflict (alias) do nothing;
  insert into public.call_events (call_id, key, kind, at, fields, stage, release)
  select p ->> 'call_id', key, kind, at, fields, stage, release from public.call_events where call_id = other
  on conflict (call_id, key) do nothing;
  delete from public.calls where call_id = other;
end $$;

-- {call_id, room_id, stage, release, direction, attempt_id, medium, did_raw, did, caller_raw, caller, tenant_id,
-- template, template_version, decision, ringing_at, synthetic} -> {opened}. The first opening stays; `room_id`, where it
-- is another, becomes one more name. A synthetic call gives back its place of the calls limit, if it took one.
-- Locks: the call's row, the alias, then the place's row.
create function public.open_call_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  opened boolean;
begin
  perform pickup.ensure_call(p);
  perform pickup.know_alias(p);
  update public.calls set
    stage = p ->> 'stage', release = p ->> 'release', direction = coalesce(p ->> 'direction', 'inbound'),
    attempt_id = (p ->> 'attempt_id')::pg_catalog.uuid, opened_at = pickup.now(), medium = p ->> 'medium',
    did_raw = p ->> 'did_raw', did = p ->> 'did', caller_raw = p ->> 'caller_raw', caller = p ->> 'caller',
    tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid, template = p ->> 'template',
    template_version = coalesce(template_version, p ->> 'template_version'), decision = coalesce(p -> 'decision', '{}'),
    synthetic = coalesce((p ->> 'synthetic')::boolean, false), ringing_at = (p ->> 'ringing_at')::pg_catalog.timestamptz
  where call_id = p ->> 'call_id' and opened_at is null;
  opened := found;
  if opened and (p ->> 'synthetic')::boolean then
    delete from public.call_places where call_id = p ->> 'call_id';
  end if;
  return jsonb_build_object('opened', opened);
end $$;

-- {call_id, key, kind, at, fields, stage, release} -> {noted}
create function public.note_event_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  insert into public.call_events (call_id, key, kind, at, fields, stage, release)
  values (p ->> 'call_id', p ->> 'key', p ->> 'kind', (p ->> 'at')::pg_catalog.timestamptz,
          coalesce(p -> 'fields', '{}'), p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('noted', found);
end $$;


-- The end of a call. Several witnesses give an account of it, in any order; each part of the end is taken from the best
-- witness that has it, so the row is the same whatever the order.

-- How near a witness was to the call: the agent was in it, the watchdog only finds what is left.
create function pickup.rank(witness text) returns integer
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(array_position(array['watchdog', 'room_finished', 'carrier', 'agent'], witness), 0)
$$;

-- The parts that an account has: each fact by itself, the verdict as one, usage and cost as one. A null or empty value
-- is no part.
create function pickup.parts_of(account jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_object_agg(key, value), '{}')
  from jsonb_each(
    coalesce(account -> 'facts', '{}') || jsonb_build_object(
      'verdict', account -> 'verdict', 'transcript', account -> 'transcript', 'traversal', account -> 'traversal',
      'bill', nullif(
        jsonb_build_object('usage', coalesce(account -> 'usage', '[]'), 'cost_usd', account -> 'cost_usd',
                           'cost_items', coalesce(account -> 'cost_items', '{}')),
        '{"usage": [], "cost_usd": null, "cost_items": {}}')))
  where value not in ('null', '[]', '{}')
$$;

-- {call_id, witness, facts, verdict: {disposition, outcome}, transcript, usage, cost_usd, cost_items, traversal,
-- template_version, stage, release} -> {completed}: whether this is the first account. Only the first account of a witness counts, but for the
-- carrier's: each event of its, in any order, makes a newer account. The first of each witness is kept as an event.
-- Locks: the alias, then the call's row.
create function public.complete_call_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  witness pg_catalog.text := p ->> 'witness';
  before public.calls;
  better pg_catalog.jsonb;
  known pg_catalog.jsonb;
begin
  p := pickup.canonical(p);
  perform pickup.ensure_call(p);
  select * into before from public.calls where call_id = p ->> 'call_id' for no key update;
  select coalesce(jsonb_object_agg(key, value), '{}') into better
  from jsonb_each(pickup.parts_of(p))
  where pickup.rank(witness) > coalesce(pickup.rank(before.witnesses ->> key), 0)
    or (witness = 'carrier' and before.witnesses ->> key = 'carrier');
  known := before.facts || (better - array['verdict', 'transcript', 'traversal', 'bill']);
  update public.calls c set
    completed_at = coalesce(c.completed_at, pickup.now()),
    completed_by = case when better ? 'verdict' then witness else c.completed_by end,
    disposition = coalesce(better -> 'verdict' ->> 'disposition', c.disposition),
    outcome = coalesce(better -> 'verdict' ->> 'outcome', c.outcome),
    facts = known,
    answered_at = (known ->> 'answered_at')::pg_catalog.timestamptz,
    ended_at = (known ->> 'ended_at')::pg_catalog.timestamptz,
    ended_by = known ->> 'ended_by',
    end_reason = known ->> 'end_reason',
    template_version = coalesce(p ->> 'template_version', c.template_version),
    transcript = coalesce(better -> 'transcript', c.transcript),
    traversal = coalesce(better -> 'traversal', c.traversal),
    usage = coalesce(better -> 'bill' -> 'usage', c.usage),
    cost_usd = case when better ? 'bill' then (better -> 'bill' ->> 'cost_usd')::numeric else c.cost_usd end,
    cost_items = coalesce(better -> 'bill' -> 'cost_items', c.cost_items),
    witnesses = c.witnesses
      || coalesce((select jsonb_object_agg(part, witness) from jsonb_object_keys(better) as part), '{}')
  where c.call_id = p ->> 'call_id';
  perform public.note_event_v1(jsonb_build_object(
    'call_id', p ->> 'call_id', 'key', 'completion:' || witness, 'kind', 'completion',
    'at', coalesce((p -> 'facts' ->> 'ended_at')::pg_catalog.timestamptz, pickup.now()), 'stage', p ->> 'stage',
    'release', p ->> 'release',
    'fields', jsonb_build_object('facts', coalesce(p -> 'facts', '{}'), 'verdict', p -> 'verdict')));
  return jsonb_build_object('completed', before.completed_at is null);
end $$;

-- {call_id} -> {over}: whether any account of the call's end has come. By the call's own id only.
create function public.call_over_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('over', exists (
    select from public.calls where call_id = p ->> 'call_id' and completed_at is not null))
$$;

-- {stage, since} -> {abandoned}: how many callers hung up before anybody answered. Synthetic calls don't count.
create function public.abandonments_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('abandoned', count(*))
  from public.calls
  where stage = p ->> 'stage' and disposition = 'ABANDONED' and not synthetic
    and coalesce(ringing_at, created_at) >= (p ->> 'since')::pg_catalog.timestamptz
$$;


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


-- Callbacks: callers who asked to be called back, in any business. One row per call and key (PT-66).

create table public.voice_callback_requests (
  id uuid constraint voice_callback_requests_pkey primary key default gen_random_uuid(),
  tenant_id uuid constraint voice_callback_requests_tenant_id_fkey references public.tenants (id),
  call_id text collate "C" not null
    constraint voice_callback_requests_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  caller_name text,
  caller_phone text,
  caller_extension text,
  reason text,
  preferred_time text,
  source text not null default 'voice',
  status text not null default 'pending',
  created_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint voice_callback_requests_once unique (call_id, key)
);
create index voice_callback_requests_tenant on public.voice_callback_requests (tenant_id, created_at desc);

alter table public.voice_callback_requests enable row level security;
create policy own_callback_requests on public.voice_callback_requests for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_callback_requests with (security_invoker = true) as
  select id, tenant_id, call_id, caller_name, caller_phone, caller_extension, reason, preferred_time, source, status, created_at
  from public.voice_callback_requests where tenant_id is not null and not is_demo;
grant select on public.voice_callback_requests, public.customer_callback_requests to authenticated;

-- {call_id, key, tenant_id, did, caller, at, caller_name, callback_number, callback_extension, reason, preferred_time,
-- stage, release}
-- -> {submitted}: false for a request that is there already
create function public.submit_callback_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.begin_request(p);
  insert into public.voice_callback_requests
    (tenant_id, call_id, key, caller_name, caller_phone, caller_extension, reason, preferred_time, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'call_id', p ->> 'key', p ->> 'caller_name',
     coalesce(p ->> 'callback_number', p ->> 'caller'), p ->> 'callback_extension', p ->> 'reason',
     p ->> 'preferred_time',
     (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('submitted', found);
end $$;

-- The callbacks of a call, as requests.sql reads them.
create function pickup.requests_of_callbacks(wanted text) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(x) || '{"kind": "callback"}' from public.voice_callback_requests x where x.call_id = wanted
$$;


-- Safety reports: callers in a crisis and callers who threaten, in any business. One row per call and key.

create table public.crisis_events (
  id uuid constraint crisis_events_pkey primary key default gen_random_uuid(),
  tenant_id uuid constraint crisis_events_tenant_id_fkey references public.tenants (id),
  call_id text collate "C" not null
    constraint crisis_events_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  caller_phone text,
  utterance text,
  fields jsonb not null default '{}',
  status text not null default 'open',
  created_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint crisis_events_once unique (call_id, key)
);
create index crisis_events_tenant on public.crisis_events (tenant_id, created_at desc);

create table public.incidents (
  id uuid constraint incidents_pkey primary key default gen_random_uuid(),
  tenant_id uuid constraint incidents_tenant_id_fkey references public.tenants (id),
  call_id text collate "C" not null
    constraint incidents_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  kind text not null default 'threat',
  caller_phone text,
  utterance text,
  fields jsonb not null default '{}',
  status text not null default 'open',
  created_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint incidents_once unique (call_id, key)
);
create index incidents_tenant on public.incidents (tenant_id, created_at desc);

alter table public.crisis_events enable row level security;
alter table public.incidents enable row level security;
create policy own_crisis_events on public.crisis_events for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create policy own_incidents on public.incidents for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_crisis_events with (security_invoker = true) as
  select id, tenant_id, call_id, caller_phone, utterance, status, created_at
  from public.crisis_events where tenant_id is not null and not is_demo;
create view public.customer_incidents with (security_invoker = true) as
  select id, tenant_id, call_id, kind, caller_phone, utterance, status, created_at
  from public.incidents where tenant_id is not null and not is_demo;
grant select on public.crisis_events, public.customer_crisis_events, public.incidents, public.customer_incidents
  to authenticated;

-- {call_id, key, tenant_id, did, caller, at, utterance, fields, stage, release} -> {submitted}: false for a report that
-- is there already
create function public.report_crisis_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.begin_request(p);
  insert into public.crisis_events
    (tenant_id, call_id, key, caller_phone, utterance, fields, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'call_id', p ->> 'key', p ->> 'caller', p ->> 'utterance',
     coalesce(p -> 'fields', '{}'), (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('submitted', found);
end $$;

-- The same payload and answer as report_crisis_v1.
create function public.report_threat_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.begin_request(p);
  insert into public.incidents
    (tenant_id, call_id, key, kind, caller_phone, utterance, fields, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'call_id', p ->> 'key', 'threat', p ->> 'caller', p ->> 'utterance',
     coalesce(p -> 'fields', '{}'), (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('submitted', found);
end $$;

-- The safety reports of a call, as requests.sql reads them.
create function pickup.requests_of_safety(wanted text) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(x) || '{"kind": "crisis"}' from public.crisis_events x where x.call_id = wanted
  union all
  select to_jsonb(x) || '{"kind": "threat"}' from public.incidents x where x.call_id = wanted
$$;


-- Alerts: one is open per stage and key; each further raise counts up until it is closed.

create table public.alerts (
  id uuid constraint alerts_pkey primary key default gen_random_uuid(),
  stage pickup.stage not null,
  release text not null,
  key text not null,
  severity text not null constraint alerts_severity_known check (severity in ('page', 'notice')),
  title text not null,
  call_id text collate "C",
  fields jsonb not null default '{}',
  raised integer not null default 1,
  first_at timestamptz not null,
  last_at timestamptz not null,
  closed_at timestamptz,
  acked_at timestamptz,
  acked_by text,
  silenced_until timestamptz,
  constraint alerts_ack_has_name check (acked_at is null or acked_by ~ '\S')
);
comment on column public.alerts.call_id is 'The latest call concerned; an alert may come before its call, hence no key.';
comment on column public.alerts.silenced_until is 'Until then nothing is sent about it.';
create unique index alerts_open_once on public.alerts (stage, key) where closed_at is null;
create index alerts_by_key on public.alerts (stage, key, first_at);
alter table public.alerts enable row level security;

-- Makes a raise that the spool delivers twice count once.
create table public.alert_raises (
  raise_id text constraint alert_raises_pkey primary key,
  alert_id uuid not null constraint alert_raises_alert_id_fkey references public.alerts (id) on delete cascade,
  at timestamptz not null
);
alter table public.alert_raises enable row level security;

-- {raise_id, key, severity, title, stage, release, at, call_id, fields} -> {raised}: how often by now
-- Locks: the raise's id, then the alert's row.
create function public.raise_alert_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  at pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
  alert public.alerts;
begin
  perform pg_advisory_xact_lock(hashtextextended(p ->> 'raise_id', 0));
  select a.* into alert from public.alert_raises r join public.alerts a on a.id = r.alert_id
  where r.raise_id = p ->> 'raise_id';
  if found then
    return jsonb_build_object('raised', alert.raised);
  end if;
  insert into public.alerts as a (stage, release, key, severity, title, call_id, fields, first_at, last_at)
  values (p ->> 'stage', p ->> 'release', p ->> 'key', p ->> 'severity', p ->> 'title', p ->> 'call_id',
          coalesce(nullif(p -> 'fields', 'null'), '{}'), at, at)
  on conflict (stage, key) where closed_at is null do update set
    raised = a.raised + 1, last_at = greatest(a.last_at, excluded.last_at),
    first_at = least(a.first_at, excluded.first_at),
    severity = case when a.severity = 'page' then 'page' else excluded.severity end,
    title = excluded.title, release = excluded.release, call_id = coalesce(excluded.call_id, a.call_id),
    fields = a.fields || excluded.fields
  returning * into alert;
  insert into public.alert_raises (raise_id, alert_id, at) values (p ->> 'raise_id', alert.id, at);
  return jsonb_build_object('raised', alert.raised);
end $$;

-- {key, stage, at} -> {closed}. An alert first raised after `at` stays open: a close that the spool delivers late is
-- about an earlier one.
create function public.close_alert_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.alerts set closed_at = (p ->> 'at')::pg_catalog.timestamptz
  where stage = p ->> 'stage' and key = p ->> 'key' and closed_at is null
    and first_at <= (p ->> 'at')::pg_catalog.timestamptz;
  return jsonb_build_object('closed', found);
end $$;

-- {stage} -> [alert, …], oldest first
create function public.open_alerts_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(a) order by a.first_at, a.key), '[]')
  from public.alerts a where a.stage = p ->> 'stage' and a.closed_at is null
$$;

-- Messages about alerts, one row for each that was begun.
create table public.alert_notices (
  alert_id uuid not null constraint alert_notices_alert_id_fkey references public.alerts (id) on delete cascade,
  channel text not null constraint alert_notices_channel_known check (channel in ('sms', 'mail', 'chat')),
  kind text not null constraint alert_notices_kind_known check (kind in ('opened', 'again', 'closed')),
  round integer not null,
  raised integer not null,
  cause text not null,
  attempts integer not null default 1,
  tried_at timestamptz not null,
  next_at timestamptz not null,
  sent_at timestamptz,
  given_up_at timestamptz,
  error text,
  constraint alert_notices_pkey primary key (alert_id, channel, kind, round)
);
comment on column public.alert_notices.next_at is 'Until then it belongs to the process that tries it, or waits to be tried again.';
alter table public.alert_notices enable row level security;

-- {key, stage, at, by, silenced_until} -> {acked}. The first name stays; a silence may be set anew, and always ends.
create function public.ack_alert_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.alerts set
    acked_at = coalesce(acked_at, (p ->> 'at')::pg_catalog.timestamptz), acked_by = coalesce(acked_by, p ->> 'by'),
    silenced_until = coalesce((p ->> 'silenced_until')::pg_catalog.timestamptz, silenced_until)
  where stage = p ->> 'stage' and key = p ->> 'key' and closed_at is null;
  return jsonb_build_object('acked', found);
end $$;

-- {stage, since} -> [{alert_id, key, severity, title, call_id, fields, release, raised, first_at, closed_at, acked_at,
-- silenced_until, cause, messages: [notice, …], earlier: {at, cause, swings} | null, contact: {mail, sms} | null}, …]: open
-- alerts, and those closed since then. `earlier` is the latest message about an older alert of the key; `contact` is the
-- tenant's, where it isn't a demo.
create function public.alerts_to_tell_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'alert_id', a.id, 'key', a.key, 'severity', a.severity, 'title', a.title, 'call_id', a.call_id, 'fields', a.fields,
    'release', a.release, 'raised', a.raised, 'first_at', a.first_at, 'closed_at', a.closed_at,
    'acked_at', a.acked_at, 'silenced_until', a.silenced_until, 'cause', coalesce(a.fields ->> 'cause', ''),
    'messages', (select coalesce(jsonb_agg(to_jsonb(n) order by n.tried_at), '[]') from public.alert_notices n
             where n.alert_id = a.id),
    'earlier', (
      select jsonb_build_object('at', n.tried_at, 'cause', n.cause, 'swings', (
        select count(*) from public.alerts s
        where s.stage = a.stage and s.key = a.key and s.first_at > o.first_at and s.first_at <= a.first_at))
      from public.alerts o join public.alert_notices n on n.alert_id = o.id
      where o.stage = a.stage and o.key = a.key and o.id <> a.id and o.first_at <= a.first_at and n.kind <> 'closed'
      order by n.tried_at desc limit 1),
    'contact', (
      select jsonb_build_object('mail', t.escalation_contact_email, 'sms', t.extras ->> 'escalation_contact_phone')
      from public.tenants t where not t.is_demo and t.id::pg_catalog.text = a.fields ->> 'tenant_id'))
    order by a.severity = 'page' desc, a.first_at, a.key), '[]')
  from public.alerts a
  where a.stage = p ->> 'stage' and (a.closed_at is null or a.closed_at >= (p ->> 'since')::pg_catalog.timestamptz)
$$;

-- {alert_id, channel, kind, round, raised, cause, at, next_at} -> {claimed, attempts}. Of processes that would send the
-- same message one claims it, until next_at. One that was sent or given up is claimed no more.
create function public.claim_notice_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  tries pg_catalog.int4;
begin
  insert into public.alert_notices as n (alert_id, channel, kind, round, raised, cause, tried_at, next_at)
  values ((p ->> 'alert_id')::pg_catalog.uuid, p ->> 'channel', p ->> 'kind', (p ->> 'round')::pg_catalog.int4,
          (p ->> 'raised')::pg_catalog.int4, p ->> 'cause', (p ->> 'at')::pg_catalog.timestamptz,
          (p ->> 'next_at')::pg_catalog.timestamptz)
  on conflict (alert_id, channel, kind, round) do update set
    attempts = n.attempts + 1, tried_at = excluded.tried_at, next_at = excluded.next_at, raised = excluded.raised
    where n.sent_at is null and n.given_up_at is null and n.next_at <= excluded.tried_at
  returning n.attempts into tries;
  return jsonb_build_object('claimed', tries is not null, 'attempts', coalesce(tries, 0));
end $$;

-- {alert_id, channel, kind, round, sent_at, given_up_at, next_at, error} -> {noted}: what became of a try. A message that
-- was sent stays sent.
create function public.note_notice_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.alert_notices set
    sent_at = (p ->> 'sent_at')::pg_catalog.timestamptz,
    given_up_at = (p ->> 'given_up_at')::pg_catalog.timestamptz,
    next_at = coalesce((p ->> 'next_at')::pg_catalog.timestamptz, next_at), error = p ->> 'error'
  where alert_id = (p ->> 'alert_id')::pg_catalog.uuid and channel = p ->> 'channel' and kind = p ->> 'kind'
    and round = (p ->> 'round')::pg_catalog.int4 and sent_at is null;
  return jsonb_build_object('noted', found);
end $$;


-- What workers said of themselves and what was done to heal them: for operators and the watchdog. A call depends on none.

create table public.worker_events (
  event_id text constraint worker_events_pkey primary key,
  stage pickup.stage not null,
  release text not null,
  worker_id text collate "C" not null,
  name text collate "C" not null constraint worker_events_name_known check (name ~ '^voice(\.[a-z_]+){2,3}$'),
  at timestamptz not null,
  noted_at timestamptz not null default pickup.now(),
  call_id text collate "C",
  fields jsonb not null default '{}'
);
comment on column public.worker_events.at is 'By the clock of the machine that wrote it.';
comment on column public.worker_events.noted_at is 'By this database''s clock, the one by which a worker is fresh or stale.';
comment on column public.worker_events.call_id is 'The call concerned; an event may come before its call, hence no key.';
create index worker_events_by_name on public.worker_events (stage, name, noted_at);
create index worker_events_by_worker on public.worker_events (stage, worker_id, noted_at);
alter table public.worker_events enable row level security;

-- {event_id, stage, release, worker_id, name, at, call_id, fields} -> {noted}: false for one that is there already.
create function public.note_worker_event_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public.worker_events (event_id, stage, release, worker_id, name, at, call_id, fields)
  values (p ->> 'event_id', p ->> 'stage', p ->> 'release', p ->> 'worker_id', p ->> 'name',
          (p ->> 'at')::pg_catalog.timestamptz, p ->> 'call_id', coalesce(nullif(p -> 'fields', 'null'), '{}'))
  on conflict (event_id) do nothing;
  return jsonb_build_object('noted', found);
end $$;

-- {stage, name, seconds, worker_id, limit} -> [event, …]: the newest of the last seconds whose names are `name` or begin
-- with it, in the order of their times. Of all workers where no id is given.
create function public.worker_events_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(e) order by e.at, e.noted_at, e.event_id), '[]') from (
    select * from public.worker_events w
    where w.stage = p ->> 'stage' and starts_with(w.name, p ->> 'name')
      and (p ->> 'worker_id' is null or w.worker_id = p ->> 'worker_id')
      and w.noted_at >= pickup.now() - make_interval(secs => (p ->> 'seconds')::pg_catalog.float8)
    order by w.at desc, w.noted_at desc, w.event_id desc
    limit least((p ->> 'limit')::pg_catalog.int4, 10000)
  ) e
$$;

-- {stage, seconds} -> {at, workers: [{worker_id, release, started_at, heartbeat_at, stopped_at, fields}, …]}: those that
-- wrote an event in the last seconds, with the fields of their last heartbeats; `at` is the clock by which to judge them.
create function public.workers_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('at', pickup.now(), 'workers', coalesce(jsonb_agg(to_jsonb(w) order by w.worker_id), '[]'))
  from (
    select e.worker_id, (array_agg(e.release order by e.noted_at desc))[1] as release,
      max(e.noted_at) filter (where e.name = 'voice.worker.started') as started_at,
      max(e.noted_at) filter (where e.name = 'voice.worker.heartbeat') as heartbeat_at,
      max(e.noted_at) filter (where e.name = 'voice.worker.stopped') as stopped_at,
      (array_agg(e.fields order by e.at desc) filter (where e.name = 'voice.worker.heartbeat'))[1] as fields
    from public.worker_events e
    where e.stage = p ->> 'stage' and e.noted_at >= pickup.now() - make_interval(secs => (p ->> 'seconds')::pg_catalog.float8)
      and e.name in ('voice.worker.started', 'voice.worker.heartbeat', 'voice.worker.stopped')
    group by e.worker_id
  ) w
$$;

-- {stage} -> {deleted}: heartbeats are kept for 14 days, what else workers said and heals for 400. At most 5000 at once.
create function public.forget_worker_events_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  gone integer;
begin
  delete from public.worker_events where event_id in (
    select e.event_id from public.worker_events e
    where e.stage = p ->> 'stage' and e.noted_at < pickup.now() -
      case when e.name = 'voice.worker.heartbeat' then interval '14 days' else interval '400 days' end
    limit 5000);
  get diagnostics gone = row_count;
  return jsonb_build_object('deleted', gone);
end $$;


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


-- Results of calls: the fields that a call's template names, filled from the transcript after the call. One row a call
-- whose template names any, made by the event `result_wanted` of the call's agent.

create table public.call_results (
  call_id text collate "C" constraint call_results_pkey primary key
    constraint call_results_call_id_fkey references public.calls (call_id) on delete cascade,
  fields jsonb not null constraint call_results_fields_list check (jsonb_typeof(fields) = 'array'),
  state text not null default 'wanted' constraint call_results_state_known check (state in ('wanted', 'filled', 'failed')),
  found jsonb,
  usage jsonb not null default '[]',
  cost_usd numeric(12, 6),
  attempts integer not null default 0,
  next_at timestamptz not null,
  settled_at timestamptz,
  error text,
  stage pickup.stage not null,
  release text not null,
  constraint call_results_filled_has_values check (state <> 'filled' or jsonb_typeof(found) = 'object')
);
comment on column public.call_results.found is 'Field → value; null where the call doesn''t say.';
comment on column public.call_results.cost_usd is 'Of the model''s requests; null: unknown.';
comment on column public.call_results.next_at is 'Until then it belongs to the process that fills it, or waits to be tried again.';
create index call_results_wanted on public.call_results (stage, next_at) where state = 'wanted';

alter table public.call_results enable row level security;
create policy own_call_results on public.call_results for select to authenticated
  using (exists (select from public.calls c where c.call_id = call_results.call_id));
grant select on public.call_results to authenticated;

-- The fields are those of the first template of the call that names any.
create function pickup.want_result() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public.call_results (call_id, fields, next_at, stage, release)
  values (new.call_id, new.fields -> 'fields', pickup.now(), new.stage, new.release)
  on conflict (call_id) do nothing;
  return null;
end $$;

create trigger call_events_want_result after insert on public.call_events
  for each row when (new.kind = 'result_wanted' and jsonb_typeof(new.fields -> 'fields') = 'array')
  execute function pickup.want_result();

-- Whether nobody who knows more of the call is expected to tell of it: its agent has, or there was a minute for it.
create function pickup.is_settled(c public.calls, at timestamptz) returns boolean
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select c.completed_at is not null and (c.completed_by = 'agent' or c.completed_at <= at - interval '1 minute')
$$;

-- What was said in a call, [{speaker, text, at_seconds}, …]: its transcript, or its events where the agent never told.
create function pickup.utterances(c public.calls) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select case when c.transcript <> '[]' then (
    select jsonb_agg(jsonb_build_object(
      'speaker', u -> 'speaker', 'text', coalesce(u ->> 'text', ''),
      'at_seconds', coalesce((u ->> 'at_seconds')::double precision, 0)) order by place)
    from jsonb_array_elements(c.transcript) with ordinality as line (u, place))
  else (
    select coalesce(jsonb_agg(jsonb_build_object(
      'speaker', case e.kind when 'caller_said' then 'caller' else 'agent' end, 'text', coalesce(e.fields ->> 'text', ''),
      'at_seconds', coalesce((e.fields ->> 'at_seconds')::double precision, 0)) order by e.at, e.key), '[]')
    from public.call_events e where e.call_id = c.call_id and e.kind in ('caller_said', 'agent_said')) end
$$;

-- {stage, at, until, limit} -> [{call_id, fields, attempt, timezone, ringing_at, utterances}, …]: results that wait, each
-- for one process until then.
-- Locks: the results' rows, skipping those that others hold.
create function public.claim_results_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  now pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
  claimed pg_catalog.jsonb;
begin
  with due as (
    select r.call_id from public.call_results r join public.calls c on c.call_id = r.call_id
    where r.stage = p ->> 'stage' and r.state = 'wanted' and r.next_at <= now and pickup.is_settled(c, now)
    order by r.next_at, r.call_id limit (p ->> 'limit')::integer
    for no key update of r skip locked
  ), taken as (
    update public.call_results r set attempts = r.attempts + 1, next_at = (p ->> 'until')::pg_catalog.timestamptz
    from due where r.call_id = due.call_id
    returning r.call_id, r.fields, r.attempts
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'call_id', t.call_id, 'fields', t.fields, 'attempt', t.attempts,
    'timezone', coalesce(n.timezone, 'UTC'), 'ringing_at', coalesce(c.ringing_at, c.created_at),
    'utterances', pickup.utterances(c))), '[]') into claimed
  from taken t join public.calls c on c.call_id = t.call_id left join public.tenants n on n.id = c.tenant_id;
  return claimed;
end $$;

-- {call_id, state, found, usage, cost_usd, error, at, next_at} -> {settled}: what became of a try. `state` is `wanted`
-- where it is tried again at next_at. One that is settled stays so.
create function public.settle_result_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.call_results set
    state = p ->> 'state', found = nullif(p -> 'found', 'null'), error = p ->> 'error',
    usage = coalesce(nullif(p -> 'usage', 'null'), '[]'), cost_usd = (p ->> 'cost_usd')::numeric,
    settled_at = case when p ->> 'state' <> 'wanted' then (p ->> 'at')::pg_catalog.timestamptz end,
    next_at = coalesce((p ->> 'next_at')::pg_catalog.timestamptz, next_at)
  where call_id = p ->> 'call_id' and state = 'wanted';
  return jsonb_build_object('settled', found);
end $$;


-- Deliveries: events that a tenant's webhook is sent, by standard-webhooks. The outbox is filled in the transaction that
-- completes a call, or that does what an event tells of, so none is lost; processes take turns at each endpoint, so its
-- events come in their order.

create table public.webhook_endpoints (
  endpoint_id uuid constraint webhook_endpoints_pkey primary key default gen_random_uuid(),
  stage pickup.stage not null,
  tenant_id uuid not null
    constraint webhook_endpoints_tenant_id_fkey references public.tenants (id) on delete cascade,
  url text not null constraint webhook_endpoints_url_http check (url ~ '^https?://\S+$'),
  secret text not null constraint webhook_endpoints_secret_whsec check (secret ~ '^whsec_[A-Za-z0-9+/]+=*$'),
  previous_secret text constraint webhook_endpoints_previous_whsec check (previous_secret ~ '^whsec_[A-Za-z0-9+/]+=*$'),
  previous_until timestamptz,
  with_transcript boolean not null default false,
  created_at timestamptz not null default pickup.now(),
  disabled_at timestamptz,
  disabled_reason text,
  busy_until timestamptz,
  constraint webhook_endpoints_once unique (stage, tenant_id),
  constraint webhook_endpoints_previous_ends check ((previous_secret is null) = (previous_until is null))
);
comment on column public.webhook_endpoints.previous_until is 'Until then both secrets sign.';
comment on column public.webhook_endpoints.busy_until is 'Until then it belongs to the process that delivers to it.';
alter table public.webhook_endpoints enable row level security;

create table public.deliveries (
  event_id text collate "C" constraint deliveries_pkey primary key,
  place bigint generated always as identity,
  endpoint_id uuid not null
    constraint deliveries_endpoint_id_fkey references public.webhook_endpoints (endpoint_id) on delete cascade,
  kind text not null constraint deliveries_kind_named check (kind ~ '^[a-z_]+\.[a-z_]+$'),
  call_id text collate "C"
    constraint deliveries_call_id_fkey references public.calls (call_id) on delete cascade,
  body jsonb,
  state text not null default 'waiting'
    constraint deliveries_state_known check (state in ('waiting', 'delivered', 'dead')),
  attempts integer not null default 0,
  failures integer not null default 0,
  holds_line boolean not null default true,
  created_at timestamptz not null,
  since timestamptz not null,
  next_at timestamptz not null,
  ended_at timestamptz,
  last_status integer,
  last_error text,
  stage pickup.stage not null
);
comment on column public.deliveries.place is 'The order in which an endpoint gets them.';
comment on column public.deliveries.body is 'As it was sent first; null before, of a call.';
comment on column public.deliveries.since is 'When it was due first, or an operator had it tried again; failures count from then.';
comment on column public.deliveries.holds_line is 'Whether those behind it wait: not where the receiver refuses this one alone.';
create index deliveries_waiting on public.deliveries (endpoint_id, place) where state = 'waiting';
create index deliveries_recent on public.deliveries (stage, place desc);
create index deliveries_call on public.deliveries (call_id);
alter table public.deliveries enable row level security;

create table public.delivery_attempts (
  event_id text collate "C" not null
    constraint delivery_attempts_event_id_fkey references public.deliveries (event_id) on delete cascade,
  attempt integer not null,
  at timestamptz not null,
  status integer,
  error text,
  seconds numeric(8, 3) not null,
  constraint delivery_attempts_pkey primary key (event_id, attempt)
);
alter table public.delivery_attempts enable row level security;

-- A call whose end and whose tenant are known, in whatever order they came, is told to the tenant's webhook, once. Calls
-- from before the webhook was set aren't, nor are our own test calls.
create function pickup.enqueue_call() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public.deliveries (event_id, endpoint_id, kind, call_id, created_at, since, next_at, stage)
  select 'call_completed_' || new.call_id, e.endpoint_id, 'call.completed', new.call_id, pickup.now(), pickup.now(),
    pickup.now(), new.stage
  from public.webhook_endpoints e
  where e.stage = new.stage and e.tenant_id = new.tenant_id and e.created_at <= new.completed_at
  on conflict (event_id) do nothing;
  return null;
end $$;

create trigger calls_enqueue after update of completed_at, tenant_id on public.calls
  for each row when (new.completed_at is not null and new.tenant_id is not null and not new.synthetic
    and (old.completed_at is null or old.tenant_id is null))
  execute function pickup.enqueue_call();

-- Tells the tenant's webhook of what a business has done in a call: `kind` is like `order.confirmed`, `data` what the
-- receiver is told. The same event id again changes nothing. Not of what came before the webhook was set, nor of our own
-- test calls.
create function pickup.enqueue_event(event_id text, kind text, call_id text, tenant_id uuid, at timestamptz, data jsonb)
returns void
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into public.deliveries (event_id, endpoint_id, kind, call_id, body, created_at, since, next_at, stage)
  select enqueue_event.event_id, e.endpoint_id, enqueue_event.kind, c.call_id,
    jsonb_build_object('type', enqueue_event.kind, 'timestamp', at, 'data', data), at, at, at, c.stage
  from public.calls c
  join public.webhook_endpoints e on e.stage = c.stage and e.tenant_id = enqueue_event.tenant_id
  where c.call_id = enqueue_event.call_id and not c.synthetic and e.created_at <= at
  on conflict (event_id) do nothing
$$;

-- {tenant_id, stage, url, secret, with_transcript} -> {made}. A tenant has one webhook in a stage; setting it again
-- changes its address, keeps its secret, and enables it.
create function public.set_webhook_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.webhook_endpoints set
    url = p ->> 'url', with_transcript = (p ->> 'with_transcript')::boolean, disabled_at = null, disabled_reason = null
  where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid;
  if found then
    return jsonb_build_object('made', false);
  end if;
  insert into public.webhook_endpoints (stage, tenant_id, url, secret, with_transcript)
  values (p ->> 'stage', (p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'url', p ->> 'secret',
          (p ->> 'with_transcript')::boolean)
  on conflict (stage, tenant_id) do update set url = excluded.url, with_transcript = excluded.with_transcript;
  return jsonb_build_object('made', true);
end $$;

-- {tenant_id, stage, secret, previous_until} -> {rotated}: whether there is such a webhook. The same secret again
-- changes nothing.
create function public.rotate_webhook_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.webhook_endpoints set
    previous_secret = case when secret = p ->> 'secret' then previous_secret else secret end,
    previous_until = case when secret = p ->> 'secret' then previous_until
      else (p ->> 'previous_until')::pg_catalog.timestamptz end,
    secret = p ->> 'secret'
  where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid;
  return jsonb_build_object('rotated', found);
end $$;

-- {tenant_id, stage} -> {removed}: whether there was such a webhook. Its deliveries go with it, those that wait too.
create function public.remove_webhook_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from public.webhook_endpoints
  where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid;
  return jsonb_build_object('removed', found);
end $$;

-- What an endpoint is sent next, null for nothing: the first that waits and is due, unless one before it holds the line.
-- A call's result is waited for, an hour at most.
create function pickup.next_delivery(wanted uuid, now timestamptz) returns text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select d.event_id from public.deliveries d
  where d.endpoint_id = wanted and d.state = 'waiting' and d.next_at <= now
    and not exists (select from public.deliveries b
      where b.endpoint_id = wanted and b.state = 'waiting' and b.place < d.place and b.holds_line)
    and (d.body is not null or d.call_id is null or exists (
      select from public.calls c left join public.call_results r on r.call_id = c.call_id and r.state = 'wanted'
      where c.call_id = d.call_id and pickup.is_settled(c, now)
        and (r.call_id is null or c.completed_at <= now - interval '1 hour')))
  order by d.place limit 1
$$;

-- A finished call, as the body of its delivery tells of it.
create function pickup.finished_call(c public.calls, with_transcript boolean) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'call_id', c.call_id, 'direction', c.direction, 'did', c.did, 'caller', c.caller, 'template', c.template,
    'template_version', c.template_version, 'ringing_at', c.ringing_at, 'answered_at', c.answered_at,
    'ended_at', c.ended_at, 'completed_at', c.completed_at, 'disposition', c.disposition, 'outcome', c.outcome,
    'achieved', pickup.achieved(c.call_id),
    'ended_by', c.ended_by, 'end_reason', c.end_reason, 'cost_usd', c.cost_usd::pg_catalog.text,
    'result', r.found, 'result_wanted', r.call_id is not null, 'result_cost_usd', r.cost_usd::pg_catalog.text,
    'utterances', case when with_transcript then pickup.utterances(c) end)
  from (values (1)) as one left join public.call_results r on r.call_id = c.call_id
$$;

-- {stage, at, until, limit} -> [{event_id, kind, attempt, failures, since, tenant_id, call_id, url, secrets, body, call},
-- …]: at most one for each endpoint, whose turn is the caller's until then.
-- Locks: the endpoints' rows, skipping those that others hold.
create function public.claim_deliveries_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  now pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
  endpoint public.webhook_endpoints;
  delivery public.deliveries;
  claimed pg_catalog.jsonb := '[]';
begin
  for endpoint in
    select e.* from public.webhook_endpoints e
    where e.stage = p ->> 'stage' and e.disabled_at is null and coalesce(e.busy_until <= now, true)
      and pickup.next_delivery(e.endpoint_id, now) is not null
    order by e.busy_until nulls first, e.endpoint_id
    limit (p ->> 'limit')::integer
    for no key update of e skip locked
  loop
    update public.deliveries set attempts = attempts + 1
    where event_id = pickup.next_delivery(endpoint.endpoint_id, now)
    returning * into delivery;
    continue when not found;
    update public.webhook_endpoints set busy_until = (p ->> 'until')::pg_catalog.timestamptz
    where endpoint_id = endpoint.endpoint_id;
    claimed := claimed || jsonb_build_array(jsonb_build_object(
      'event_id', delivery.event_id, 'kind', delivery.kind, 'attempt', delivery.attempts,
      'failures', delivery.failures, 'since', delivery.since, 'tenant_id', endpoint.tenant_id,
      'call_id', delivery.call_id, 'url', endpoint.url,
      'secrets', jsonb_build_array(endpoint.secret)
        || case when endpoint.previous_until > now then jsonb_build_array(endpoint.previous_secret) else '[]' end,
      'body', coalesce(delivery.body, '{}'),
      'call', case when delivery.body is null then (
        select pickup.finished_call(c, endpoint.with_transcript) from public.calls c
        where c.call_id = delivery.call_id) end));
  end loop;
  return claimed;
end $$;

-- {event_id, attempt, at, status, error, seconds, body, follows, next_at, holds_line} -> {noted}: what came of a try.
-- follows: delivered, retry, dead, or gone (which disables the endpoint). A try that was noted, or that another process
-- has followed up, changes nothing more; but a success always counts.
-- Locks: the endpoint's row, then the delivery's.
create function public.note_delivery_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  follows pg_catalog.text := p ->> 'follows';
  now pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
  delivery public.deliveries;
  latest boolean;
begin
  perform from public.webhook_endpoints e join public.deliveries d on d.endpoint_id = e.endpoint_id
  where d.event_id = p ->> 'event_id' for no key update of e;
  select * into delivery from public.deliveries where event_id = p ->> 'event_id' for no key update;
  if not found then
    return jsonb_build_object('noted', false);
  end if;
  insert into public.delivery_attempts (event_id, attempt, at, status, error, seconds)
  values (delivery.event_id, (p ->> 'attempt')::integer, now, (p ->> 'status')::integer, p ->> 'error',
          (p ->> 'seconds')::numeric)
  on conflict (event_id, attempt) do nothing;
  if not found then
    return jsonb_build_object('noted', false);
  end if;
  latest := delivery.attempts = (p ->> 'attempt')::integer;
  if delivery.state = 'waiting' and (latest or follows = 'delivered') then
    update public.deliveries set
      body = coalesce(body, nullif(p -> 'body', 'null')),
      state = case follows when 'delivered' then 'delivered' when 'dead' then 'dead' else 'waiting' end,
      ended_at = case when follows in ('delivered', 'dead') then now end,
      failures = failures + case when follows = 'delivered' then 0 else 1 end,
      next_at = coalesce((p ->> 'next_at')::pg_catalog.timestamptz, next_at),
      holds_line = coalesce((p ->> 'holds_line')::boolean, holds_line),
      last_status = (p ->> 'status')::integer, last_error = p ->> 'error'
    where event_id = delivery.event_id;
  end if;
  if latest then
    update public.webhook_endpoints set
      busy_until = null,
      disabled_at = case when follows = 'gone' then coalesce(disabled_at, now) else disabled_at end,
      disabled_reason = case when follows = 'gone' then 'the receiver answered 410 Gone' else disabled_reason end
    where endpoint_id = delivery.endpoint_id;
  end if;
  return jsonb_build_object('noted', true);
end $$;

create function pickup.delivery(d public.deliveries) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(d) || jsonb_build_object(
    'tenant_id', e.tenant_id, 'tenant_name', t.name, 'url', e.url, 'disabled_at', e.disabled_at)
  from public.webhook_endpoints e join public.tenants t on t.id = e.tenant_id where e.endpoint_id = d.endpoint_id
$$;

-- {stage, limit, state} -> [delivery, …], newest first; `state` null: all
create function public.deliveries_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(pickup.delivery(d) order by d.place desc), '[]')
  from (select * from public.deliveries
        where stage = p ->> 'stage' and (p ->> 'state' is null or state = p ->> 'state')
        order by place desc limit (p ->> 'limit')::integer) as newest
  join public.deliveries d using (event_id)
$$;

-- {stage, event_id} -> delivery with `log`, [{attempt, at, status, error, seconds}, …] | null
create function public.delivery_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select pickup.delivery(d) || jsonb_build_object('log', (
    select coalesce(jsonb_agg(to_jsonb(a) order by a.attempt), '[]')
    from public.delivery_attempts a where a.event_id = d.event_id))
  from public.deliveries d where d.stage = p ->> 'stage' and d.event_id = p ->> 'event_id'
$$;

-- {stage, event_id, at} -> {retried}: a dead letter, or one that waits, is tried again at once, and for another day. It
-- holds up none of those behind it. One that was delivered isn't sent again.
create function public.retry_delivery_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  now pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
begin
  update public.deliveries set
    state = 'waiting', ended_at = null, since = now, next_at = now, failures = 0,
    holds_line = holds_line and state = 'waiting'
  where stage = p ->> 'stage' and event_id = p ->> 'event_id' and state in ('waiting', 'dead');
  return jsonb_build_object('retried', found);
end $$;


-- What a tenant's templates may reach of the tenant's own servers: hosts, and secrets for the headers of requests. No
-- policy lets a customer read either.

create table public.tenant_hosts (
  stage pickup.stage not null,
  tenant_id uuid not null
    constraint tenant_hosts_tenant_id_fkey references public.tenants (id) on delete cascade,
  host text collate "C" not null
    constraint tenant_hosts_host_plain check (host ~ '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$'),
  created_at timestamptz not null default pickup.now(),
  constraint tenant_hosts_pkey primary key (stage, tenant_id, host)
);
comment on column public.tenant_hosts.host is 'In lower case, with its port where that isn''t 443.';
alter table public.tenant_hosts enable row level security;

create table public.tenant_secrets (
  stage pickup.stage not null,
  tenant_id uuid not null
    constraint tenant_secrets_tenant_id_fkey references public.tenants (id) on delete cascade,
  name text collate "C" not null constraint tenant_secrets_name_plain check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  value text not null constraint tenant_secrets_value_one_line check (value ~ '^[\x20-\x7e]+$' and length(value) <= 4096),
  created_at timestamptz not null default pickup.now(),
  constraint tenant_secrets_pkey primary key (stage, tenant_id, name)
);
alter table public.tenant_secrets enable row level security;

-- {stage, tenant_id} -> {hosts: [host, …], secrets: {name: value}}
create function public.tenant_grants_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'hosts', (
      select coalesce(jsonb_agg(h.host order by h.host), '[]') from public.tenant_hosts h
      where h.stage = p ->> 'stage' and h.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid),
    'secrets', (
      select coalesce(jsonb_object_agg(s.name, s.value), '{}') from public.tenant_secrets s
      where s.stage = p ->> 'stage' and s.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid))
$$;

-- {stage, tenant_id, host} -> {changed}
create function public.allow_host_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public.tenant_hosts (stage, tenant_id, host)
  values (p ->> 'stage', (p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'host')
  on conflict (stage, tenant_id, host) do nothing;
  return jsonb_build_object('changed', found);
end $$;

-- {stage, tenant_id, host} -> {changed}
create function public.refuse_host_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from public.tenant_hosts
  where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and host = p ->> 'host';
  return jsonb_build_object('changed', found);
end $$;

-- {stage, tenant_id, name, value} -> {changed}; `value` null removes the secret.
create function public.set_tenant_secret_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if p ->> 'value' is null then
    delete from public.tenant_secrets
    where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and name = p ->> 'name';
    return jsonb_build_object('changed', found);
  end if;
  insert into public.tenant_secrets (stage, tenant_id, name, value)
  values (p ->> 'stage', (p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'name', p ->> 'value')
  on conflict (stage, tenant_id, name) do update set value = excluded.value;
  return jsonb_build_object('changed', true);
end $$;


-- PINs of tenants: an owner proves by keys what their number alone doesn't prove (DU-54). No policy lets a customer read
-- one. Only a hash is here; it is no secret of templates' functions, as so few digits are found from it by trying all.

create table public.tenant_pins (
  stage pickup.stage not null,
  tenant_id uuid not null
    constraint tenant_pins_tenant_id_fkey references public.tenants (id) on delete cascade,
  hash text not null constraint tenant_pins_hash_scrypt check (hash ~ '^scrypt\$[0-9a-f]{32}\$[0-9a-f]{64}$'),
  failures integer not null default 0 constraint tenant_pins_failures_positive check (failures >= 0),
  tried_at timestamptz,
  created_at timestamptz not null default pickup.now(),
  constraint tenant_pins_pkey primary key (stage, tenant_id)
);
comment on column public.tenant_pins.failures is 'Tries since the last right one, over all calls.';
alter table public.tenant_pins enable row level security;

-- {stage, tenant_id, hash} -> {changed}; `hash` null removes the PIN. Tries begin anew.
create function public.set_pin_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if p ->> 'hash' is null then
    delete from public.tenant_pins where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid;
    return jsonb_build_object('changed', found);
  end if;
  insert into public.tenant_pins (stage, tenant_id, hash)
  values (p ->> 'stage', (p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'hash')
  on conflict (stage, tenant_id) do update set hash = excluded.hash, failures = 0, tried_at = null;
  return jsonb_build_object('changed', true);
end $$;

-- {stage, tenant_id} -> {set}
create function public.pin_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('set', exists (
    select from public.tenant_pins t
    where t.stage = p ->> 'stage' and t.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid))
$$;

-- {stage, tenant_id, most, hours} -> {hash | null}: counts a try before it is checked, so that a call which breaks off, or
-- many at a time, gain none. Null where there is no PIN, and for `hours` after the last of `most` failed tries in a row.
create function public.try_pin_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  allowed pg_catalog.text;
begin
  update public.tenant_pins t
  set failures = case when t.failures >= (p ->> 'most')::integer then 1 else t.failures + 1 end, tried_at = pickup.now()
  where t.stage = p ->> 'stage' and t.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid
    and (t.failures < (p ->> 'most')::integer
         or t.tried_at < pickup.now() - make_interval(hours => (p ->> 'hours')::integer))
  returning t.hash into allowed;
  return jsonb_build_object('hash', allowed);
end $$;

-- {stage, tenant_id} -> {changed}: the last try was right.
create function public.pass_pin_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.tenant_pins set failures = 0
  where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid;
  return jsonb_build_object('changed', found);
end $$;


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


-- The church: prayer requests. One row per call and key.

create table public.voice_prayer_requests (
  id uuid constraint voice_prayer_requests_pkey primary key default gen_random_uuid(),
  church_id uuid not null constraint voice_prayer_requests_church_id_fkey references public.tenants (id),
  call_id text collate "C" not null
    constraint voice_prayer_requests_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  caller_name text,
  caller_phone text,
  prayer_request_text text not null
    constraint voice_prayer_requests_text_not_empty check (btrim(prayer_request_text) <> ''),
  confidential boolean not null default false,
  source text not null default 'voice',
  status text not null default 'pending',
  created_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(church_id)) stored,
  constraint voice_prayer_requests_once unique (call_id, key)
);
create index voice_prayer_requests_church on public.voice_prayer_requests (church_id, created_at desc);

alter table public.voice_prayer_requests enable row level security;
create policy own_prayer_requests on public.voice_prayer_requests for select to authenticated
  using (church_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_prayer_requests with (security_invoker = true) as
  select id, church_id, call_id, caller_name, caller_phone, prayer_request_text, confidential, source, status, created_at
  from public.voice_prayer_requests where not is_demo;
grant select on public.voice_prayer_requests, public.customer_prayer_requests to authenticated;

-- {call_id, key, tenant_id, did, caller, at, caller_name, prayer_request_text, confidential, stage, release}
-- -> {submitted}: false for a request that is there already
create function public.submit_prayer_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  p := pickup.begin_request(p);
  insert into public.voice_prayer_requests
    (church_id, call_id, key, caller_name, caller_phone, prayer_request_text, confidential, created_at, stage, release)
  values
    ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'call_id', p ->> 'key', p ->> 'caller_name', p ->> 'caller',
     p ->> 'prayer_request_text', coalesce((p ->> 'confidential')::boolean, false),
     (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  on conflict (call_id, key) do nothing;
  return jsonb_build_object('submitted', found);
end $$;

-- The prayer requests of a call, as requests.sql reads them.
create function pickup.requests_of_church(wanted text) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(x) || '{"kind": "prayer"}' from public.voice_prayer_requests x where x.call_id = wanted
$$;


-- The demo line: which demo tenants it can connect a caller with.

-- {stage} -> [{tenant_id, name, template}, …], by name: the demo tenants with an active number in the stage
create function public.demo_lines_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(line) order by line.name), '[]') from (
    select distinct on (t.id) t.id as tenant_id, t.name, n.template
    from public.numbers n join public.tenants t on t.id = n.tenant_id
    where n.active and n.stage = p ->> 'stage' and n.route = 'tenant' and t.is_demo and n.template is not null
    order by t.id, n.did) line
$$;


-- Orders to be paid on delivery: what the merchant imports, and what its customers decide about them by telephone.

create table public.orders (
  id uuid constraint orders_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null constraint orders_tenant_id_fkey references public.tenants (id) on delete cascade,
  order_number text not null constraint orders_number_has_digits check (order_number ~ '\d.*\d.*\d'),
  customer_name text,
  customer_phone text not null constraint orders_customer_phone_e164 check (customer_phone ~ '^\+[1-9][0-9]{6,14}$'),
  items text not null constraint orders_items_not_empty check (items ~ '\S'),
  amount numeric(12, 2) not null constraint orders_amount_positive check (amount >= 0),
  currency text not null default 'USD' constraint orders_currency_code check (currency ~ '^[A-Z]{3}$'),
  address text not null constraint orders_address_not_empty check (address ~ '\S'),
  postcode text,
  delivery_time text,
  status text not null default 'pending' constraint orders_status_known
    check (status in ('pending', 'confirmed', 'rescheduled', 'cancelled', 'shipped', 'delivered')),
  version integer not null default 1,
  decided_at timestamptz,
  imported_at timestamptz not null default pickup.now(),
  stage pickup.stage not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint orders_once unique (stage, tenant_id, order_number)
);
comment on column public.orders.customer_phone is 'E.164: a call from this number is the customer''s.';
comment on column public.orders.postcode is 'With it a customer who calls from elsewhere shows who they are.';
comment on column public.orders.delivery_time is 'In words, as the merchant or the customer said it.';
comment on column public.orders.version is 'Rises with each change: a customer agrees to the order as they heard it.';
comment on column public.orders.decided_at is 'When its customer last decided about it; an import keeps what they decided.';
create index orders_customer on public.orders (tenant_id, customer_phone);

create table public.order_outcomes (
  id uuid constraint order_outcomes_pkey primary key default gen_random_uuid(),
  order_id uuid not null constraint order_outcomes_order_id_fkey references public.orders (id) on delete cascade,
  call_id text collate "C" not null
    constraint order_outcomes_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  order_number text not null,
  outcome text not null constraint order_outcomes_outcome_known check (outcome in ('confirmed', 'cancelled', 'changed')),
  reason text,
  address text,
  delivery_time text,
  created_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  constraint order_outcomes_once unique (call_id, key)
);
comment on table public.order_outcomes is 'What customers decided, one row a call and key. Address and delivery time are the new ones.';
create index order_outcomes_order on public.order_outcomes (order_id, created_at);

alter table public.orders enable row level security;
create policy own_orders on public.orders for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
alter table public.order_outcomes enable row level security;
create policy own_order_outcomes on public.order_outcomes for select to authenticated
  using (exists (select from public.orders o where o.id = order_outcomes.order_id));
create view public.customer_orders with (security_invoker = true) as
  select id, tenant_id, order_number, customer_name, customer_phone, items, amount, currency, address, postcode,
    delivery_time, status, decided_at, imported_at
  from public.orders where not is_demo;
grant select on public.orders, public.customer_orders, public.order_outcomes to authenticated;

-- Whether an order in this state may get this outcome: as agent/businesses/orders/rules.py has it.
create function pickup.order_allows(status text, outcome text) returns boolean
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select status in ('pending', 'rescheduled') or (status = 'confirmed' and outcome in ('cancelled', 'changed'))
$$;

create function pickup.order_as_heard(o public.orders) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'order_number', o.order_number, 'customer_name', o.customer_name, 'items', o.items,
    'amount', o.amount::pg_catalog.text, 'currency', o.currency, 'address', o.address,
    'delivery_time', o.delivery_time, 'status', o.status, 'version', o.version)
$$;

-- Letters and digits alone: `SW1A 1AA` and `sw1a1aa` are one postcode.
create function pickup.bare_code(code text) returns text
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select upper(regexp_replace(code, '[^0-9A-Za-z]', '', 'g'))
$$;

-- {stage, tenant_id, caller, order_number, postcode} -> [order, …], newest first, five at most: without a number those of
-- the caller's own telephone; with one, whose digits suffice, that order for its customer's telephone or its postcode.
create function public.order_of_caller_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(pickup.order_as_heard(o) order by o.imported_at desc, o.order_number), '[]') from (
    select * from public.orders
    where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid
      and case when p ->> 'order_number' is null then customer_phone = p ->> 'caller'
        else (pickup.bare_code(order_number) = pickup.bare_code(p ->> 'order_number')
            or regexp_replace(order_number, '\D', '', 'g') = p ->> 'order_number')
          and (customer_phone = p ->> 'caller' or pickup.bare_code(postcode) = pickup.bare_code(p ->> 'postcode')) end
    order by imported_at desc, order_number limit 5) as o
$$;

-- {call_id, key, tenant_id, did, caller, at, order_number, version, outcome, reason, address, delivery_time, stage,
-- release} -> {taken, status}: taken is false where this call had it taken before. Refused where the order isn't any more
-- as the customer heard it. The merchant's webhook is told in the same transaction.
-- Locks: the alias, then the order.
create function public.set_order_outcome_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  decided public.orders;
  outcome pg_catalog.text := p ->> 'outcome';
  now pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
begin
  p := pickup.begin_request(p);
  select * into decided from public.orders
  where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid
    and order_number = p ->> 'order_number'
  for no key update;
  if not found then
    raise exception 'no order %', p ->> 'order_number' using errcode = 'no_data_found';
  end if;
  if exists (select from public.order_outcomes x where x.call_id = p ->> 'call_id' and x.key = p ->> 'key') then
    return jsonb_build_object('taken', false, 'status', decided.status);
  end if;
  if decided.version <> (p ->> 'version')::integer or not pickup.order_allows(decided.status, outcome) then
    raise exception 'order % is % by now, and was changed since it was read to the customer', decided.order_number,
      decided.status using errcode = 'restrict_violation';
  end if;
  insert into public.order_outcomes
    (order_id, call_id, key, order_number, outcome, reason, address, delivery_time, created_at, stage, release)
  values
    (decided.id, p ->> 'call_id', p ->> 'key', decided.order_number, outcome, p ->> 'reason', p ->> 'address',
     p ->> 'delivery_time', now, p ->> 'stage', p ->> 'release');
  update public.orders set
    status = case when outcome <> 'changed' then outcome when p ->> 'delivery_time' is null then status
      else 'rescheduled' end,
    address = coalesce(p ->> 'address', address), delivery_time = coalesce(p ->> 'delivery_time', delivery_time),
    version = version + 1, decided_at = now
  where id = decided.id returning * into decided;
  perform pickup.enqueue_event(
    'order_' || (p ->> 'call_id') || '_' || (p ->> 'key'), 'order.' || outcome, p ->> 'call_id', decided.tenant_id, now,
    jsonb_build_object(
      'order_number', decided.order_number, 'outcome', outcome, 'status', decided.status, 'reason', p ->> 'reason',
      'address', decided.address, 'delivery_time', decided.delivery_time, 'amount', decided.amount::pg_catalog.text,
      'currency', decided.currency, 'call_id', p ->> 'call_id'));
  return jsonb_build_object('taken', true, 'status', decided.status);
end $$;

-- {stage, tenant_id, orders: [{order_number, customer_name, customer_phone, items, amount, currency, address, postcode,
-- delivery_time, status}, …], at} -> {added, changed}: the rest is there already. What a customer decided stays: of such
-- an order the address, the time and the status, unless the merchant has shipped, delivered or cancelled it.
create function public.put_orders_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  added integer;
  changed integer;
begin
  with given as (
    select order_number, customer_name, customer_phone, items, amount, coalesce(currency, 'USD') as currency, address,
      postcode, delivery_time, coalesce(status, 'pending') as status
    from jsonb_to_recordset(p -> 'orders') as (
      order_number pg_catalog.text, customer_name pg_catalog.text, customer_phone pg_catalog.text,
      items pg_catalog.text, amount numeric, currency pg_catalog.text, address pg_catalog.text,
      postcode pg_catalog.text, delivery_time pg_catalog.text, status pg_catalog.text)
  ), put as (
    insert into public.orders as o
      (tenant_id, order_number, customer_name, customer_phone, items, amount, currency, address, postcode, delivery_time,
       status, imported_at, stage)
    select (p ->> 'tenant_id')::pg_catalog.uuid, order_number, customer_name, customer_phone, items, amount, currency,
      address, postcode, delivery_time, status, (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage'
    from given
    on conflict (stage, tenant_id, order_number) do update set
      customer_name = excluded.customer_name, customer_phone = excluded.customer_phone, items = excluded.items,
      amount = excluded.amount, currency = excluded.currency, postcode = excluded.postcode,
      address = case when o.decided_at is null then excluded.address else o.address end,
      delivery_time = case when o.decided_at is null then excluded.delivery_time else o.delivery_time end,
      status = case when excluded.status in ('cancelled', 'shipped', 'delivered') then excluded.status else o.status end,
      version = o.version + 1
    where (o.customer_name, o.customer_phone, o.items, o.amount, o.currency, o.postcode)
        is distinct from (excluded.customer_name, excluded.customer_phone, excluded.items, excluded.amount,
          excluded.currency, excluded.postcode)
      or (o.decided_at is null
        and (o.address, o.delivery_time) is distinct from (excluded.address, excluded.delivery_time))
      or (excluded.status in ('cancelled', 'shipped', 'delivered') and excluded.status <> o.status)
    returning xmax = 0 as new
  )
  select count(*) filter (where new), count(*) filter (where not new) into added, changed from put;
  return jsonb_build_object('added', added, 'changed', changed);
end $$;

-- {stage, tenant_id, status, limit} -> [{order_number, …, status, decided_at, imported_at}, …], newest first; `status`
-- null: all
create function public.orders_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(pickup.order_as_heard(o) || jsonb_build_object(
    'customer_phone', o.customer_phone, 'decided_at', o.decided_at) order by o.imported_at desc, o.order_number), '[]')
  from (select * from public.orders
        where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid
          and (p ->> 'status' is null or status = p ->> 'status')
        order by imported_at desc, order_number limit (p ->> 'limit')::integer) as o
$$;

-- What the customer decided in a call, as requests.sql reads it.
create function pickup.requests_of_orders(wanted text) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(x) || '{"kind": "order"}' from public.order_outcomes x where x.call_id = wanted
$$;


-- Equipment rental: the items of a tenant in a stage, and their bookings. One version counts all changes of such a
-- stock: each item bears the version of its last change.

create table public.equipment (
  equipment_id uuid constraint equipment_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null constraint equipment_tenant_id_fkey references public.tenants (id) on delete cascade,
  stage pickup.stage not null,
  reference text not null constraint equipment_reference_not_empty check (btrim(reference) <> ''),
  name text not null constraint equipment_name_not_empty check (btrim(name) <> ''),
  category text not null constraint equipment_category_not_empty check (btrim(category) <> ''),
  description text not null default '',
  daily_rate numeric(10, 2) not null constraint equipment_daily_rate_positive check (daily_rate > 0),
  lowest_rate numeric(10, 2)
    constraint equipment_lowest_rate_within check (lowest_rate > 0 and lowest_rate <= daily_rate),
  status text not null default 'AVAILABLE'
    constraint equipment_status_known check (status in ('AVAILABLE', 'RENTED', 'OUT_OF_SERVICE')),
  sheet_status text
    constraint equipment_sheet_status_known check (sheet_status in ('AVAILABLE', 'RENTED', 'OUT_OF_SERVICE')),
  version bigint not null,
  updated_at timestamptz not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint equipment_reference_once unique (stage, tenant_id, reference)
);
comment on column public.equipment.reference is 'The tenant''s own name of the item: a row of its list, a label on the machine.';
comment on column public.equipment.lowest_rate is 'The least a day that is agreed to; null: the daily rate. No function tells it.';
comment on column public.equipment.sheet_status is 'The status that the tenant''s list has, as last read or written; null: it has none.';

create table public.bookings (
  booking_id uuid constraint bookings_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null constraint bookings_tenant_id_fkey references public.tenants (id) on delete cascade,
  equipment_id uuid not null
    constraint bookings_equipment_id_fkey references public.equipment (equipment_id) on delete cascade,
  call_id text collate "C" constraint bookings_call_id_fkey references public.calls (call_id) on delete cascade,
  operator text,
  key text not null,
  customer_name text,
  customer_phone text,
  starts_on date,
  ends_on date,
  daily_price numeric(10, 2),
  price numeric(10, 2),
  state text not null default 'ACTIVE' constraint bookings_state_known check (state in ('ACTIVE', 'RETURNED')),
  created_at timestamptz not null,
  ended_at timestamptz,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint bookings_of_somebody check (call_id is not null or operator is not null),
  constraint bookings_dates_in_order check (ends_on >= starts_on),
  constraint bookings_once unique (tenant_id, stage, key)
);
comment on column public.bookings.operator is 'Of a booking that no call made: the person, or the list, that says the item is out.';
comment on column public.bookings.key is 'Idempotency key: the same booking asked for again is this row.';
create unique index bookings_one_active on public.bookings (equipment_id) where state = 'ACTIVE';
create index bookings_call on public.bookings (call_id);
create index bookings_tenant on public.bookings (tenant_id, created_at desc);

alter table public.equipment enable row level security;
alter table public.bookings enable row level security;
create policy own_equipment on public.equipment for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create policy own_bookings on public.bookings for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_equipment with (security_invoker = true) as
  select equipment_id, tenant_id, reference, name, category, description, daily_rate, status, version, updated_at
  from public.equipment where not is_demo;
create view public.customer_bookings with (security_invoker = true) as
  select booking_id, tenant_id, equipment_id, call_id, operator, customer_name, customer_phone, starts_on, ends_on,
    daily_price, price, state, created_at, ended_at
  from public.bookings where not is_demo;
grant select (equipment_id, tenant_id, reference, name, category, description, daily_rate, status, version, updated_at,
  is_demo) on public.equipment to authenticated;
grant select on public.bookings, public.customer_equipment, public.customer_bookings to authenticated;

-- What is wrong with the stock, a line each; nothing, unless a change by hand broke it.
create function pickup.rental_faults() returns setof text
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select 'rented without a booking: ' || e.equipment_id from public.equipment e
  where e.status = 'RENTED' and not exists (
    select from public.bookings b where b.equipment_id = e.equipment_id and b.state = 'ACTIVE')
  union all
  select 'booked and not rented: ' || e.equipment_id from public.equipment e
  join public.bookings b on b.equipment_id = e.equipment_id and b.state = 'ACTIVE'
  where e.status <> 'RENTED'
  union all
  select 'booked twice: ' || b.equipment_id from public.bookings b
  where b.state = 'ACTIVE' group by b.equipment_id having count(*) > 1
  union all
  select 'booked by another tenant or in another stage: ' || b.booking_id from public.bookings b
  join public.equipment e on e.equipment_id = b.equipment_id
  where (b.tenant_id, b.stage) is distinct from (e.tenant_id, e.stage)
  union all
  select 'nobody''s booking: ' || b.booking_id from public.bookings b where b.call_id is null and b.operator is null
$$;

-- Holds a stock until the transaction ends, and gives the version of its next change. So all changes of a stock come
-- one after the other: whoever reads version n has seen every change up to n, and none after it.
-- Locks: the stock; every function takes it after the call's alias and before an item's row.
create function pickup.next_stock_version(wanted_stage text, wanted_tenant uuid) returns bigint
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('stock ' || wanted_stage || ' ' || wanted_tenant, 0));
  return (select coalesce(max(version), 0) + 1 from public.equipment
          where stage = wanted_stage and tenant_id = wanted_tenant);
end $$;

-- A booking that goes with its call leaves its item free.
create function pickup.free_item() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  update public.equipment set status = 'AVAILABLE', updated_at = pickup.now(),
    version = pickup.next_stock_version(old.stage, old.tenant_id)
  where equipment_id = old.equipment_id and status = 'RENTED';
  return null;
end $$;
create trigger bookings_free_item after delete on public.bookings
  for each row when (old.state = 'ACTIVE') execute function pickup.free_item();

-- {tenant_id, stage} -> {version, items: [{equipment_id, name, category, description, daily_rate, status, version}, …]},
-- by category and name: all but those out of service. Version 0: there are none.
create function public.list_equipment_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'version', coalesce(max(e.version), 0),
    'items', coalesce(jsonb_agg(jsonb_build_object(
      'equipment_id', e.equipment_id, 'name', e.name, 'category', e.category, 'description', e.description,
      'daily_rate', e.daily_rate::pg_catalog.text, 'status', e.status, 'version', e.version)
      order by e.category, e.name, e.reference) filter (where e.status <> 'OUT_OF_SERVICE'), '[]'))
  from public.equipment e
  where e.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and e.stage = p ->> 'stage'
$$;

-- {tenant_id, equipment_id, daily_price, stage} -> {accepted}: whether the item goes for so much a day. False, too, for
-- an item that isn't there.
create function public.offer_price_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('accepted', exists (
    select from public.equipment e
    where e.equipment_id = (p ->> 'equipment_id')::pg_catalog.uuid and e.stage = p ->> 'stage'
      and e.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid
      and (p ->> 'daily_price')::numeric >= coalesce(e.lowest_rate, e.daily_rate)))
$$;

create function pickup.booked(booking public.bookings, at_version bigint) returns jsonb
language sql immutable set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('booked', true, 'booking_id', booking.booking_id, 'price', booking.price::pg_catalog.text,
                            'version', at_version)
$$;

-- {call_id, key, tenant_id, did, caller, at, equipment_id, customer_name, customer_phone, starts_on, ends_on,
-- daily_price, stage, release}
-- -> {booked: true, booking_id, price, version} or {booked: false, reason, version}: UNKNOWN_ITEM, OTHER_TENANT, OUT_OF_SERVICE,
-- RENTED, PRICE_TOO_LOW, DATES. Check, booking and status are one transaction; the same key of the same call is answered
-- by its booking, however often it comes (RP-26, RP-28).
-- Locks: the alias, the stock, the item's row.
create function public.book_equipment_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  owner pg_catalog.uuid;
  next_version bigint;
  item public.equipment;
  booking public.bookings;
  daily numeric := (p ->> 'daily_price')::numeric;
  first_day pg_catalog.date := (p ->> 'starts_on')::pg_catalog.date;
  last_day pg_catalog.date := (p ->> 'ends_on')::pg_catalog.date;
  refusal pg_catalog.text;
begin
  p := pickup.begin_request(p);
  owner := (p ->> 'tenant_id')::pg_catalog.uuid;
  next_version := pickup.next_stock_version(p ->> 'stage', owner);
  select * into booking from public.bookings
  where tenant_id = owner and stage = p ->> 'stage' and key = p ->> 'key' and call_id = p ->> 'call_id';
  if found then
    return pickup.booked(booking, next_version - 1);
  end if;
  select * into item from public.equipment
  where equipment_id = (p ->> 'equipment_id')::pg_catalog.uuid and stage = p ->> 'stage' for update;
  refusal := case
    when item.equipment_id is null then 'UNKNOWN_ITEM'
    when item.tenant_id is distinct from owner then 'OTHER_TENANT'
    when item.status <> 'AVAILABLE' then item.status
    when daily is null or daily < coalesce(item.lowest_rate, item.daily_rate) then 'PRICE_TOO_LOW'
    when first_day is null or last_day is null or last_day < first_day then 'DATES'
  end;
  if refusal is not null then
    return jsonb_build_object('booked', false, 'reason', refusal, 'version', next_version - 1);
  end if;
  daily := least(daily, item.daily_rate);
  insert into public.bookings
    (tenant_id, equipment_id, call_id, key, customer_name, customer_phone, starts_on, ends_on, daily_price, price,
     created_at, stage, release)
  values
    (owner, item.equipment_id, p ->> 'call_id', p ->> 'key', p ->> 'customer_name',
     coalesce(p ->> 'customer_phone', p ->> 'caller'), first_day, last_day, daily, daily * (last_day - first_day + 1),
     (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage', p ->> 'release')
  returning * into booking;
  update public.equipment set status = 'RENTED', version = next_version, updated_at = pickup.now()
  where equipment_id = item.equipment_id;
  return pickup.booked(booking, next_version);
end $$;

-- {tenant_id, reference, at, stage} -> {returned: true, version} or {returned: false, reason}: UNKNOWN_ITEM, or the
-- item's status where it isn't RENTED.
-- Locks: the stock, the item's row, its booking's.
create function public.return_equipment_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  owner pg_catalog.uuid := (p ->> 'tenant_id')::pg_catalog.uuid;
  next_version bigint;
  item public.equipment;
begin
  next_version := pickup.next_stock_version(p ->> 'stage', owner);
  select * into item from public.equipment
  where tenant_id = owner and stage = p ->> 'stage' and reference = p ->> 'reference' for update;
  if item.equipment_id is null or item.status <> 'RENTED' then
    return jsonb_build_object('returned', false, 'reason', coalesce(item.status, 'UNKNOWN_ITEM'));
  end if;
  update public.bookings set state = 'RETURNED', ended_at = (p ->> 'at')::pg_catalog.timestamptz
  where equipment_id = item.equipment_id and state = 'ACTIVE';
  update public.equipment set status = 'AVAILABLE', version = next_version, updated_at = pickup.now()
  where equipment_id = item.equipment_id;
  return jsonb_build_object('returned', true, 'version', next_version);
end $$;

-- The bookings of a call, as requests.sql reads them.
create function pickup.requests_of_rental(wanted text) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(x) || jsonb_build_object('kind', 'booking', 'equipment', e.name)
  from public.bookings x join public.equipment e on e.equipment_id = x.equipment_id where x.call_id = wanted
$$;


-- A tenant's own list of its equipment, a file or a spreadsheet, and the stock: each learns what changed in the other.

-- One row of a list, merged into the stock. Of name, rates and the like the list is always right. Of the status each
-- side is right about what it changed since they were last the same (`sheet_status`); where both changed it, the stock,
-- as callers have been promised what it says. Returns `added`, `changed` or `unchanged`.
-- The caller holds the stock.
create function pickup.merge_item(p jsonb, wanted jsonb, next_version bigint) returns text
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  owner pg_catalog.uuid := (p ->> 'tenant_id')::pg_catalog.uuid;
  at pg_catalog.timestamptz := (p ->> 'at')::pg_catalog.timestamptz;
  item public.equipment;
  merged public.equipment;
  was pg_catalog.text;
  is_new boolean;
begin
  insert into public.equipment (tenant_id, stage, reference, name, category, daily_rate, version, updated_at)
  values (owner, p ->> 'stage', wanted ->> 'reference', wanted ->> 'name', wanted ->> 'category',
          (wanted ->> 'daily_rate')::numeric, next_version, pickup.now())
  on conflict (stage, tenant_id, reference) do nothing;
  is_new := found;
  select * into item from public.equipment
  where stage = p ->> 'stage' and tenant_id = owner and reference = wanted ->> 'reference' for update;
  merged := item;
  merged.name := wanted ->> 'name';
  merged.category := wanted ->> 'category';
  merged.description := coalesce(wanted ->> 'description', '');
  merged.daily_rate := (wanted ->> 'daily_rate')::numeric;
  merged.lowest_rate := (wanted ->> 'lowest_rate')::numeric;
  merged.sheet_status := coalesce(wanted ->> 'status', item.sheet_status);
  was := coalesce(item.sheet_status, item.status);
  if item.status = was and merged.sheet_status is distinct from was then
    merged.status := coalesce(merged.sheet_status, item.status);
  end if;
  if not is_new and merged is not distinct from item then
    return 'unchanged';
  end if;
  if item.status = 'RENTED' and merged.status <> 'RENTED' then
    update public.bookings set state = 'RETURNED', ended_at = at where equipment_id = item.equipment_id and state = 'ACTIVE';
  elsif item.status <> 'RENTED' and merged.status = 'RENTED' then
    insert into public.bookings (tenant_id, equipment_id, operator, key, created_at, stage, release)
    values (owner, item.equipment_id, p ->> 'operator', 'list ' || item.equipment_id || ' ' || next_version, at,
            p ->> 'stage', p ->> 'release');
  end if;
  update public.equipment set name = merged.name, category = merged.category, description = merged.description,
    daily_rate = merged.daily_rate, lowest_rate = merged.lowest_rate, status = merged.status,
    sheet_status = merged.sheet_status, version = next_version, updated_at = pickup.now()
  where equipment_id = item.equipment_id;
  return case when is_new then 'added' else 'changed' end;
end $$;

-- {tenant_id, operator, at, rows: [{reference, name, category, description, daily_rate, lowest_rate, status}, …], stage,
-- release} -> {version, added, changed, unchanged}. All rows or none; items that aren't in the list stay as they are.
-- Locks: the stock, then items' rows and bookings.
create function public.merge_equipment_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  next_version bigint;
  wanted pg_catalog.jsonb;
  outcome pg_catalog.text;
  counts pg_catalog.jsonb := '{"added": 0, "changed": 0, "unchanged": 0}';
begin
  next_version := pickup.next_stock_version(p ->> 'stage', (p ->> 'tenant_id')::pg_catalog.uuid);
  for wanted in select value from jsonb_array_elements(p -> 'rows') loop
    outcome := pickup.merge_item(p, wanted, next_version);
    counts := counts || jsonb_build_object(outcome, (counts ->> outcome)::integer + 1);
  end loop;
  return counts || jsonb_build_object('version',
    case when (counts ->> 'unchanged')::integer < jsonb_array_length(p -> 'rows') then next_version else next_version - 1 end);
end $$;

-- {tenant_id, stage} -> [{reference, status}, …]: the items whose status in the tenant's list is another one.
create function public.unlisted_statuses_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object('reference', e.reference, 'status', e.status) order by e.reference), '[]')
  from public.equipment e
  where e.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and e.stage = p ->> 'stage'
    and e.sheet_status is distinct from e.status and e.sheet_status is not null
$$;

-- {tenant_id, statuses: [{reference, status}, …], stage} -> {noted}: the tenant's list has these statuses now.
create function public.note_listed_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  noted integer;
begin
  update public.equipment e set sheet_status = listed.value ->> 'status'
  from jsonb_array_elements(p -> 'statuses') listed
  where e.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and e.stage = p ->> 'stage'
    and e.reference = listed.value ->> 'reference';
  get diagnostics noted = row_count;
  return jsonb_build_object('noted', noted);
end $$;


-- The task manager: the tasks of each user of a tenant. `owner` is the user's id, else the caller's number (OP-20).

-- A user's list. Its version rises with each change of a task, in the same transaction: a copy is as old as its version.
create table public.task_lists (
  tenant_id uuid not null constraint task_lists_tenant_id_fkey references public.tenants (id),
  owner text not null constraint task_lists_owner_not_empty check (btrim(owner) <> ''),
  stage pickup.stage not null,
  version bigint not null default 1,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored,
  constraint task_lists_pkey primary key (tenant_id, owner, stage)
);

create table public.tasks (
  task_id uuid constraint tasks_pkey primary key default gen_random_uuid(),
  tenant_id uuid not null constraint tasks_tenant_id_fkey references public.tenants (id),
  owner text not null constraint tasks_owner_not_empty check (btrim(owner) <> ''),
  title text not null constraint tasks_title_bounded check (btrim(title) <> '' and length(title) <= 300),
  status text not null default 'open' constraint tasks_status_known check (status in ('open', 'done')),
  created_via text not null default 'phone'
    constraint tasks_created_via_known check (created_via in ('phone', 'browser', 'screen')),
  -- the call that it was created in, and that call's own key for it while it is open and has its first title
  call_id text collate "C" not null
    constraint tasks_call_id_fkey references public.calls (call_id) on delete cascade,
  key text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  stage pickup.stage not null,
  release text not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored
);
create unique index tasks_once on public.tasks (call_id, key) where status = 'open';
create index tasks_of_owner on public.tasks (tenant_id, owner, created_at);

alter table public.task_lists enable row level security;
alter table public.tasks enable row level security;
create policy own_task_lists on public.task_lists for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create policy own_tasks on public.tasks for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create view public.customer_tasks with (security_invoker = true) as
  select task_id, tenant_id, owner, title, status, created_via, call_id, created_at, updated_at
  from public.tasks where not is_demo;
grant select on public.task_lists, public.tasks, public.customer_tasks to authenticated;

-- The next version of a user's list. Locks it: changes of one list come one after the other.
create function pickup.next_task_list(p jsonb) returns bigint
language sql set search_path = pg_catalog, public, pg_temp as $$
  insert into public.task_lists as l (tenant_id, owner, stage)
  values ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'owner', p ->> 'stage')
  on conflict (tenant_id, owner, stage) do update set version = l.version + 1
  returning version
$$;

-- {call_id, key, tenant_id, owner, caller, title, created_via, at, stage, release} -> {task_id, title, status, version}:
-- of the earlier task where the call has one by this key that is still open.
-- Locks: the alias, the list.
create function public.create_task_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  newest bigint;
  created pg_catalog.jsonb;
begin
  p := pickup.begin_request(p);
  newest := pickup.next_task_list(p);
  insert into public.tasks
    (tenant_id, owner, title, created_via, call_id, key, created_at, updated_at, stage, release)
  values
    ((p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'owner', p ->> 'title', p ->> 'created_via', p ->> 'call_id',
     p ->> 'key', (p ->> 'at')::pg_catalog.timestamptz, (p ->> 'at')::pg_catalog.timestamptz, p ->> 'stage',
     p ->> 'release')
  on conflict (call_id, key) where status = 'open' do nothing;
  select jsonb_build_object('task_id', t.task_id, 'title', t.title, 'status', t.status, 'version', newest) into created
  from public.tasks t
  where t.call_id = p ->> 'call_id' and t.key = p ->> 'key' and t.status = 'open';
  return created;
end $$;

-- {tenant_id, owner, stage} -> {version, tasks: [{task_id, title, status}, …]}: the open ones, oldest first, then the
-- twenty that were finished last, newest first.
create function public.tasks_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with own as (
    select t.* from public.tasks t
    where t.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and t.owner = p ->> 'owner' and t.stage = p ->> 'stage'
  ), listed as (
    (select own.*, 1 as part, extract(epoch from own.created_at) as place from own
     where own.status = 'open' order by own.created_at limit 200)
    union all
    (select own.*, 2, -extract(epoch from own.updated_at) from own
     where own.status = 'done' order by own.updated_at desc limit 20)
  )
  select jsonb_build_object(
    'version', coalesce((
      select l.version from public.task_lists l
      where l.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and l.owner = p ->> 'owner'
        and l.stage = p ->> 'stage'), 0),
    'tasks', (
      select coalesce(jsonb_agg(
        jsonb_build_object('task_id', l.task_id, 'title', l.title, 'status', l.status)
        order by l.part, l.place, l.task_id), '[]')
      from listed l))
$$;

-- {tenant_id, owner, stage, task_id, title, status, at} -> {changed, version}: false where the owner has no such task.
-- What is null stays as it is; twice is once.
-- Locks: the list, the task.
create function public.change_task_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  newest bigint;
begin
  newest := pickup.next_task_list(p);
  update public.tasks t set
    title = coalesce(p ->> 'title', t.title), status = coalesce(p ->> 'status', t.status),
    key = case when p ->> 'title' is null then t.key else t.task_id::pg_catalog.text end,
    updated_at = greatest(t.updated_at, (p ->> 'at')::pg_catalog.timestamptz)
  where t.task_id = (p ->> 'task_id')::pg_catalog.uuid and t.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid
    and t.owner = p ->> 'owner' and t.stage = p ->> 'stage';
  return jsonb_build_object('changed', found, 'version', newest);
end $$;

-- {tenant_id, owner, stage, task_ids} -> {deleted, version}: how many; those that are gone already don't count.
-- Locks: the list, the tasks.
create function public.delete_tasks_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  newest bigint;
  deleted integer;
begin
  newest := pickup.next_task_list(p);
  delete from public.tasks t
  where t.task_id in (
      select wanted::pg_catalog.uuid from jsonb_array_elements_text(coalesce(p -> 'task_ids', '[]')) as wanted)
    and t.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and t.owner = p ->> 'owner' and t.stage = p ->> 'stage';
  get diagnostics deleted = row_count;
  return jsonb_build_object('deleted', deleted, 'version', newest);
end $$;

-- The tasks that a call created, as requests.sql reads them.
create function pickup.requests_of_tasks(wanted text) returns setof jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(x) || '{"kind": "task"}' from public.tasks x where x.call_id = wanted
$$;


-- Records: a call as it is read back, with all that hangs on it.

-- A call's row as it is answered: with its tenant's name, and money as text.
create function pickup.call_record(c public.calls) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select to_jsonb(c) || jsonb_build_object(
    'tenant_name', (select t.name from public.tenants t where t.id = c.tenant_id),
    'cost_usd', c.cost_usd::pg_catalog.text)
$$;

create function pickup.call_details(wanted text) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'events', (select coalesce(jsonb_agg(to_jsonb(e) order by e.at, e.key), '[]')
               from public.call_events e where e.call_id = wanted),
    'consents', (select coalesce(jsonb_agg(to_jsonb(s) order by s.at, s.key), '[]')
                 from public.consents s where s.call_id = wanted),
    'recordings', (select coalesce(jsonb_agg(to_jsonb(r) order by r.started_at), '[]')
                   from public.recordings r where r.call_id = wanted),
    'room_ids', (select coalesce(jsonb_agg(a.alias order by a.alias), '[]')
                 from public.call_aliases a where a.call_id = wanted),
    'requests', pickup.requests_of(wanted),
    'achieved', pickup.achieved(wanted),
    'result', (select to_jsonb(r) - 'fields' || jsonb_build_object('cost_usd', r.cost_usd::pg_catalog.text)
               from public.call_results r where r.call_id = wanted))
$$;

-- {call_id} -> record | null. The call's id, an unambiguous beginning of it (at least 6 characters), or another whole
-- name of the call.
create function public.find_call_v1(p jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted pg_catalog.text := coalesce(
    (select a.call_id from public.call_aliases a where a.alias = p ->> 'call_id'), p ->> 'call_id');
  found_call public.calls;
  matches integer;
begin
  select * into found_call from public.calls where call_id = wanted;
  if not found and length(wanted) >= 6 then
    select count(*) into matches from public.calls where call_id >= wanted and call_id < wanted || U&'\+10FFFF';
    if matches > 1 then
      raise exception '% is the beginning of % calls; give more of it', wanted, matches using errcode = 'too_many_rows';
    end if;
    select * into found_call from public.calls where call_id >= wanted and call_id < wanted || U&'\+10FFFF';
  end if;
  if found_call.call_id is null then
    return null;
  end if;
  return pickup.call_record(found_call) || pickup.call_details(found_call.call_id);
end $$;

-- {stage, limit} -> [record, …], newest first, without what hangs on them
create function public.recent_calls_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(pickup.call_record(c) order by coalesce(c.ringing_at, c.created_at) desc, c.call_id), '[]')
  from (select * from public.calls
        where stage = p ->> 'stage'
        order by coalesce(ringing_at, created_at) desc, call_id
        limit (p ->> 'limit')::integer) as recent
  join public.calls c using (call_id)
$$;

-- {stage, before, limit} -> [record, …], whole, oldest first: calls that began before then and have no end yet
create function public.open_calls_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(pickup.call_record(c) || pickup.call_details(c.call_id)
                            order by coalesce(c.ringing_at, c.created_at), c.call_id), '[]')
  from (select call_id from public.calls
        where stage = p ->> 'stage' and completed_at is null
          and coalesce(ringing_at, created_at) < (p ->> 'before')::pg_catalog.timestamptz
        order by coalesce(ringing_at, created_at), call_id
        limit (p ->> 'limit')::integer) as waiting
  join public.calls c using (call_id)
$$;

-- Who read the numbers of a call in full, and when. Logs have them masked.
create table public.number_reads (
  id uuid constraint number_reads_pkey primary key default gen_random_uuid(),
  call_id text collate "C" not null
    constraint number_reads_call_id_fkey references public.calls (call_id) on delete cascade,
  reader text not null constraint number_reads_reader_named check (reader <> ''),
  role text not null,
  at timestamptz not null default pickup.now(),
  stage pickup.stage not null
);
comment on column public.number_reads.reader is 'The operator, as they named themselves.';
comment on column public.number_reads.role is 'The database role that they read by.';
create index number_reads_call on public.number_reads (call_id);
alter table public.number_reads enable row level security;

-- {call_id, reader} -> {call_id, stage, ringing_at, did_raw, did, caller_raw, caller, reason, room_ids} | null: a call's
-- numbers as they came and as they are compared, and why the call was turned away or admitted. Each reading leaves a row.
create function public.call_numbers_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted pg_catalog.text := coalesce(
    (select a.call_id from public.call_aliases a where a.alias = p ->> 'call_id'), p ->> 'call_id');
  found_call public.calls;
begin
  select * into found_call from public.calls where call_id = wanted;
  if not found then
    return null;
  end if;
  insert into public.number_reads (call_id, reader, role, stage)
  values (wanted, p ->> 'reader', pickup.caller()::pg_catalog.text, found_call.stage);
  return jsonb_build_object(
    'call_id', wanted, 'stage', found_call.stage, 'ringing_at', found_call.ringing_at,
    'did_raw', found_call.did_raw, 'did', found_call.did,
    'caller_raw', found_call.caller_raw, 'caller', found_call.caller,
    'reason', found_call.decision ->> 'reason',
    'room_ids', (select coalesce(jsonb_agg(a.alias order by a.alias), '[]')
                 from public.call_aliases a where a.call_id = wanted));
end $$;

-- {stage, limit, reader} -> [{call_id, at, reason, tenant_id, did_raw, did, caller_raw, caller, room_ids}, …]: the newest
-- calls that were turned away. The callers' numbers are null without a `reader`; with one each that is shown leaves a row
-- of the reading.
create function public.turned_away_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  reader pg_catalog.text := p ->> 'reader';
  found_calls pg_catalog.jsonb;
begin
  with turned_away as (
    select c.* from public.calls c
    where c.stage = p ->> 'stage' and c.decision ->> 'kind' in ('announce', 'reject')
    order by coalesce(c.ringing_at, c.created_at) desc, c.call_id limit (p ->> 'limit')::integer
  ), seen as (
    insert into public.number_reads (call_id, reader, role, stage)
    select t.call_id, reader, pickup.caller()::pg_catalog.text, t.stage from turned_away t where reader is not null
  )
  select coalesce(jsonb_agg(jsonb_build_object(
    'call_id', t.call_id, 'at', coalesce(t.ringing_at, t.created_at), 'reason', t.decision ->> 'reason',
    'tenant_id', t.tenant_id, 'did', t.did,
    'did_raw', case when reader is not null then t.did_raw end,
    'caller_raw', case when reader is not null then t.caller_raw end,
    'caller', case when reader is not null then t.caller end,
    'room_ids', (select coalesce(jsonb_agg(a.alias order by a.alias), '[]')
                 from public.call_aliases a where a.call_id = t.call_id))
    order by coalesce(t.ringing_at, t.created_at) desc, t.call_id), '[]') into found_calls
  from turned_away t;
  return found_calls;
end $$;

-- {stage, name, since} -> {rollout, versions: [{version, created_at, calls, answered, outcomes: {outcome: calls},
-- median_seconds, cost_usd}, …]}: a template's versions, the newest first, each with the calls that it has served to their
-- end; `shipped` comes last. Synthetic calls don't count.
create function public.template_history_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with served as (
    select coalesce(c.template_version, 'shipped') as version, c.outcome, c.disposition, c.cost_usd,
      extract(epoch from c.ended_at - c.answered_at)::double precision as seconds
    from public.calls c
    where c.stage = p ->> 'stage' and c.template = p ->> 'name' and c.completed_at is not null and not c.synthetic
      and coalesce(c.ringing_at, c.created_at) >= coalesce((p ->> 'since')::pg_catalog.timestamptz, '-infinity')
  ), counted as (
    select version, count(*) as calls, count(*) filter (where disposition = 'ANSWERED') as answered,
      percentile_cont(0.5) within group (order by seconds) as median_seconds, sum(cost_usd) as cost_usd
    from served group by version
  ), known as (
    select t.version::pg_catalog.text as version, t.version as position, t.created_at
    from public.templates t where t.name = p ->> 'name'
    union all select 'shipped', 0, null
  )
  select jsonb_build_object('rollout', pickup.rollout_of(p ->> 'stage', p ->> 'name'), 'versions', (
    select jsonb_agg(jsonb_build_object(
      'version', k.version, 'created_at', k.created_at, 'calls', coalesce(c.calls, 0),
      'answered', coalesce(c.answered, 0), 'median_seconds', c.median_seconds, 'cost_usd', c.cost_usd::pg_catalog.text,
      'outcomes', (select coalesce(jsonb_object_agg(outcome, calls), '{}') from (
        select s.outcome, count(*) as calls from served s where s.version = k.version group by s.outcome) as each_outcome))
      order by k.position desc)
    from known k left join counted c using (version)))
$$;


-- The last file: gives each table its policy and each function its owner (stages.sql).

select pickup.bind_to_stages();
