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
