-- The clock of a lab's database, which tests and `--speed` can set. The embedded stack alone applies it, after the
-- migrations; a deployed database keeps pickup.now() as supabase/schema/ground.sql has it, where no setting counts.
--
-- `set pickup.clock_offset = '2 hours'` (for a session, a role or a database) moves the clock. pickup.clock_speed and
-- pickup.clock_origin (seconds since 1970) make it run faster from that moment on, as lab/timescale.py does with the
-- clocks of a process, which puts both into its DSN.

create or replace function pickup.now() returns timestamptz
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
  real_time pg_catalog.timestamptz := pg_catalog.now();
  speed double precision := nullif(current_setting('pickup.clock_speed', true), '');
  origin pg_catalog.timestamptz :=
    to_timestamp(nullif(current_setting('pickup.clock_origin', true), '')::double precision);
  ahead interval := coalesce(nullif(current_setting('pickup.clock_offset', true), ''), '0');
begin
  return coalesce(origin + (real_time - origin) * speed, real_time) + ahead;
end $$;
