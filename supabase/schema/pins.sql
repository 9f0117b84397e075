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
