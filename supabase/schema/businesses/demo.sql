-- The demo line: which demo tenants it can connect a caller with.

-- {stage} -> [{tenant_id, name, template}, …], by name: the demo tenants with an active number in the stage
create function public.demo_lines_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(jsonb_agg(to_jsonb(line) order by line.name), '[]') from (
    select distinct on (t.id) t.id as tenant_id, t.name, n.template
    from public.numbers n join public.tenants t on t.id = n.tenant_id
    where n.active and n.stage = p ->> 'stage' and n.route = 'tenant' and t.is_demo and n.template is not null
    order by t.id, n.did) line
$$;
