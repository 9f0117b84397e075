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
