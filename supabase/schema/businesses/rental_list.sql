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
