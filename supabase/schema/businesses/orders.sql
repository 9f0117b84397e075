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
