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
