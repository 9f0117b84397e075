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
