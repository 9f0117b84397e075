-- The ground the other migrations stand on. Every read and state change is a function public.name_v1(p jsonb) returns
-- jsonb, for service_role alone; what they share lives in schema pickup, which no API exposes.

create schema pickup;
revoke all on schema pickup from public;
grant usage on schema pickup to authenticated, service_role;

-- Functions made by later migrations belong to nobody until granted (Supabase grants them to everybody by default).
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated;
alter default privileges in schema public grant execute on functions to service_role;

-- Demo tenants are fictional; their rows are on no customer's surface (PT-25). The one definition of them.
create function pickup.is_demo(tenant_id uuid) returns boolean
language sql immutable as $$
  select coalesce(tenant_id::text like '00000000-0000-4000-a000-%', false)
$$;
grant execute on function pickup.is_demo(uuid) to authenticated, service_role;

-- The tenant a signed-in customer belongs to.
create function pickup.current_tenant_id() returns uuid
language sql stable as $$
  select nullif(auth.jwt() -> 'app_metadata' ->> 'tenant_id', '')::uuid
$$;
grant execute on function pickup.current_tenant_id() to authenticated, service_role;

create function pickup.is_timezone(name text) returns boolean
language plpgsql immutable as $$
begin
  perform timestamp '2000-01-01' at time zone name;
  return true;
exception when invalid_parameter_value then
  return false;
end $$;

-- A stage's name is the same everywhere: local, production, preview-<slug>.
create domain pickup.stage as text
  check (value ~ '^(local|production|preview-[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?)$');
