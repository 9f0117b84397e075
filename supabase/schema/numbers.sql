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
