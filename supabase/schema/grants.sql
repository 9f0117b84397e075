-- What a tenant's templates may reach of the tenant's own servers: hosts, and secrets for the headers of requests. No
-- policy lets a customer read either.

create table public.tenant_hosts (
  stage pickup.stage not null,
  tenant_id uuid not null
    constraint tenant_hosts_tenant_id_fkey references public.tenants (id) on delete cascade,
  host text collate "C" not null
    constraint tenant_hosts_host_plain check (host ~ '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$'),
  created_at timestamptz not null default pickup.now(),
  constraint tenant_hosts_pkey primary key (stage, tenant_id, host)
);
comment on column public.tenant_hosts.host is 'In lower case, with its port where that isn''t 443.';
alter table public.tenant_hosts enable row level security;

create table public.tenant_secrets (
  stage pickup.stage not null,
  tenant_id uuid not null
    constraint tenant_secrets_tenant_id_fkey references public.tenants (id) on delete cascade,
  name text collate "C" not null constraint tenant_secrets_name_plain check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  value text not null constraint tenant_secrets_value_one_line check (value ~ '^[\x20-\x7e]+$' and length(value) <= 4096),
  created_at timestamptz not null default pickup.now(),
  constraint tenant_secrets_pkey primary key (stage, tenant_id, name)
);
alter table public.tenant_secrets enable row level security;

-- {stage, tenant_id} -> {hosts: [host, …], secrets: {name: value}}
create function public.tenant_grants_v1(p jsonb) returns jsonb
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object(
    'hosts', (
      select coalesce(jsonb_agg(h.host order by h.host), '[]') from public.tenant_hosts h
      where h.stage = p ->> 'stage' and h.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid),
    'secrets', (
      select coalesce(jsonb_object_agg(s.name, s.value), '{}') from public.tenant_secrets s
      where s.stage = p ->> 'stage' and s.tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid))
$$;

-- {stage, tenant_id, host} -> {changed}
create function public.allow_host_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into public.tenant_hosts (stage, tenant_id, host)
  values (p ->> 'stage', (p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'host')
  on conflict (stage, tenant_id, host) do nothing;
  return jsonb_build_object('changed', found);
end $$;

-- {stage, tenant_id, host} -> {changed}
create function public.refuse_host_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from public.tenant_hosts
  where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and host = p ->> 'host';
  return jsonb_build_object('changed', found);
end $$;

-- {stage, tenant_id, name, value} -> {changed}; `value` null removes the secret.
create function public.set_tenant_secret_v1(p jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if p ->> 'value' is null then
    delete from public.tenant_secrets
    where stage = p ->> 'stage' and tenant_id = (p ->> 'tenant_id')::pg_catalog.uuid and name = p ->> 'name';
    return jsonb_build_object('changed', found);
  end if;
  insert into public.tenant_secrets (stage, tenant_id, name, value)
  values (p ->> 'stage', (p ->> 'tenant_id')::pg_catalog.uuid, p ->> 'name', p ->> 'value')
  on conflict (stage, tenant_id, name) do update set value = excluded.value;
  return jsonb_build_object('changed', true);
end $$;
