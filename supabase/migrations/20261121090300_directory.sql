-- The directory: who owns a dialled number. Null means: asked, and no such row.

-- The tenant's calls that took a place of its limit, one row a call.
create table public.call_places (
  call_id text collate "C" constraint call_places_pkey primary key,
  tenant_id uuid not null constraint call_places_tenant_id_fkey references public.tenants (id) on delete cascade,
  month date not null,
  taken_at timestamptz not null,
  is_demo boolean generated always as (pickup.is_demo(tenant_id)) stored
);
create index call_places_month on public.call_places (tenant_id, month);

create function pickup.month_of(at timestamptz, timezone text) returns date
language sql stable as $$
  select date_trunc('month', at at time zone timezone)::date
$$;

create function pickup.places_taken(tenant public.tenants, at timestamptz) returns integer
language sql stable as $$
  select count(*)::integer from public.call_places
  where tenant_id = tenant.id and month = pickup.month_of(at, tenant.timezone)
$$;

-- {did, caller} -> listing | null. `caller` is a comparing key.
create function public.listing_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select jsonb_build_object(
    'did', n.did, 'stage', n.stage, 'active', n.active, 'route', n.route, 'tenant_id', n.tenant_id,
    'template', n.template, 'allowlist', to_jsonb(n.allowlist),
    'caller_blocked', exists (
      select from public.blocked_callers b where b.tenant_id = n.tenant_id and b.caller = p ->> 'caller'),
    'calls_limit', t.calls_limit,
    'calls_used', case when t.id is null then 0 else pickup.places_taken(t, now()) end)
  from public.numbers n left join public.tenants t on t.id = n.tenant_id
  where n.did = p ->> 'did'
  order by n.active desc, n.created_at desc, n.id
  limit 1
$$;

-- {did} -> {stage, active, route, tenant_id} | null: the same row, without whatever else a listing needs.
create function public.holding_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select jsonb_build_object('stage', n.stage, 'active', n.active, 'route', n.route, 'tenant_id', n.tenant_id)
  from public.numbers n
  where n.did = p ->> 'did'
  order by n.active desc, n.created_at desc, n.id
  limit 1
$$;

-- {tenant_id} -> tenant | null
create function public.tenant_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select jsonb_build_object(
    'tenant_id', t.id, 'name', t.name, 'timezone', t.timezone, 'language', t.language, 'greeting', t.greeting,
    'facts', t.facts, 'extras', t.extras, 'escalation_contact_email', t.escalation_contact_email, 'phone', t.phone)
  from public.tenants t where t.id = (p ->> 'tenant_id')::uuid
$$;

-- {stage} -> [did, …]: the stage's active numbers
create function public.dids_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public as $$
  select coalesce(jsonb_agg(n.did order by n.did), '[]')
  from public.numbers n where n.active and n.stage = p ->> 'stage'
$$;

-- {call_id, tenant_id, at} -> {taken, used, limit}. Atomic, so that N calls at once never take more places than are
-- left (PT-16); a call that asks again has its place already.
create function public.take_place_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  tenant public.tenants;
  used integer;
begin
  select * into tenant from public.tenants where id = (p ->> 'tenant_id')::uuid for no key update;
  if not found then
    raise exception 'no tenant %', p ->> 'tenant_id' using errcode = 'no_data_found';
  end if;
  used := pickup.places_taken(tenant, (p ->> 'at')::timestamptz);
  if exists (select from public.call_places where call_id = p ->> 'call_id') then
    return jsonb_build_object('taken', true, 'used', used, 'limit', tenant.calls_limit);
  end if;
  if used >= tenant.calls_limit then
    return jsonb_build_object('taken', false, 'used', used, 'limit', tenant.calls_limit);
  end if;
  insert into public.call_places (call_id, tenant_id, month, taken_at)
  values (p ->> 'call_id', tenant.id, pickup.month_of((p ->> 'at')::timestamptz, tenant.timezone),
          (p ->> 'at')::timestamptz)
  on conflict (call_id) do nothing;
  return jsonb_build_object('taken', true, 'used', used + 1, 'limit', tenant.calls_limit);
end $$;

-- {did, stage, tenant_id, route, template, allowlist} -> {bound}. Binding to the same tenant and stage again updates
-- the binding; a number that is active elsewhere is refused with the name of its holder (PT-09).
create function public.bind_number_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  holder text;
begin
  insert into public.numbers as n (did, stage, tenant_id, route, template, allowlist)
  values (p ->> 'did', p ->> 'stage', (p ->> 'tenant_id')::uuid, coalesce(p ->> 'route', 'tenant'), p ->> 'template',
          array(select jsonb_array_elements_text(coalesce(p -> 'allowlist', '[]'))))
  on conflict (did) where active do update
    set route = excluded.route, template = excluded.template, allowlist = excluded.allowlist
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
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  update public.numbers set active = false where did = p ->> 'did' and stage = p ->> 'stage' and active;
  return jsonb_build_object('released', found);
end $$;
