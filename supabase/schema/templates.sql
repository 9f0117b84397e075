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
    constraint template_rollouts_action_known check (action in ('published', 'rolled_back')),
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
    'step', r.step, 'stable', r.stable, 'trial', r.trial, 'share', r.share, 'earlier', to_jsonb(r.earlier)) end
$$;

create function pickup.rollout_row(wanted_stage text, wanted_name text) returns public.template_rollouts
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select r from public.template_rollouts r
  where r.stage = wanted_stage and r.name = wanted_name order by r.step desc limit 1
$$;

-- The rollout that holds: {step, stable, trial, share, earlier}; null where the shipped template serves all calls.
create function pickup.rollout_of(wanted_stage text, wanted_name text) returns jsonb
language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select pickup.rollout_answer(pickup.rollout_row(wanted_stage, wanted_name))
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
-- Locks: the stage's template.
create function public.publish_template_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wanted integer := (p ->> 'version')::integer;
  percent integer := coalesce((p ->> 'share')::integer, 100);
  before public.template_rollouts;
  after public.template_rollouts;
begin
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
  before := pickup.rollout_row(p ->> 'stage', p ->> 'name');
  if wanted = before.stable and percent < 100 then
    raise exception 'version % of % serves all callers already', wanted, p ->> 'name'
      using errcode = 'check_violation', constraint = 'template_rollouts_share_percent';
  end if;
  if (wanted = before.stable and before.trial is null) or (wanted = before.trial and percent = before.share) then
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

-- {stage, name, key} -> rollout with `changed`. Ends the trial; without one, what was stable before serves all calls
-- again. The same key again answers as before and changes nothing.
-- Locks: the stage's template.
create function public.roll_back_template_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  before public.template_rollouts;
  after public.template_rollouts;
  left_over integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('rollout ' || (p ->> 'stage') || ' ' || (p ->> 'name'), 0));
  select * into after from public.template_rollouts r
  where r.stage = p ->> 'stage' and r.name = p ->> 'name' and r.key = p ->> 'key';
  if found then
    return pickup.rollout_answer(after) || '{"changed": false}';
  end if;
  before := pickup.rollout_row(p ->> 'stage', p ->> 'name');
  left_over := coalesce(cardinality(before.earlier), 0);
  if before.trial is null and left_over = 0 then
    raise exception 'nothing of % was published before in %', coalesce(p ->> 'name', 'no template'), p ->> 'stage'
      using errcode = 'no_data_found';
  end if;
  insert into public.template_rollouts (stage, name, step, key, action, stable, earlier)
  values (
    p ->> 'stage', p ->> 'name', before.step + 1, p ->> 'key', 'rolled_back',
    case when before.trial is null then before.earlier[left_over] else before.stable end,
    case when before.trial is null then before.earlier[:left_over - 1] else before.earlier end)
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
