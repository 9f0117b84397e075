-- What customers may see: row-level security on every table, and views without demo tenants (PT-25, PT-26, PT-33).

alter table public.tenants enable row level security;
alter table public.numbers enable row level security;
alter table public.blocked_callers enable row level security;
alter table public.templates enable row level security;
alter table public.call_places enable row level security;
alter table public.calls enable row level security;
alter table public.call_events enable row level security;
alter table public.consents enable row level security;
alter table public.recordings enable row level security;
alter table public.voice_prayer_requests enable row level security;
alter table public.voice_callback_requests enable row level security;
alter table public.crisis_events enable row level security;
alter table public.incidents enable row level security;
alter table public.alerts enable row level security;
alter table public.alert_raises enable row level security;

create policy own_tenant on public.tenants for select to authenticated
  using (id = pickup.current_tenant_id() and not is_demo);
create policy own_numbers on public.numbers for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create policy own_blocked_callers on public.blocked_callers for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not pickup.is_demo(tenant_id));
create policy own_calls on public.calls for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create policy own_prayer_requests on public.voice_prayer_requests for select to authenticated
  using (church_id = pickup.current_tenant_id() and not is_demo);
create policy own_callback_requests on public.voice_callback_requests for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create policy own_crisis_events on public.crisis_events for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
create policy own_incidents on public.incidents for select to authenticated
  using (tenant_id = pickup.current_tenant_id() and not is_demo);
-- What hangs on a call is seen by those who see the call: row-level security holds inside these subqueries too.
create policy own_call_events on public.call_events for select to authenticated
  using (exists (select from public.calls c where c.call_id = call_events.call_id));
create policy own_consents on public.consents for select to authenticated
  using (exists (select from public.calls c where c.call_id = consents.call_id));
create policy own_recordings on public.recordings for select to authenticated
  using (exists (select from public.calls c where c.call_id = recordings.call_id));

create view public.customer_tenants with (security_invoker = true) as
  select id, name, timezone, language, greeting, facts, escalation_contact_email, phone, calls_limit, created_at
  from public.tenants where not is_demo;
create view public.customer_numbers with (security_invoker = true) as
  select did, tenant_id, route, template, active from public.numbers where tenant_id is not null and not is_demo;
create view public.customer_blocked_callers with (security_invoker = true) as
  select tenant_id, caller, reason, created_at from public.blocked_callers where not pickup.is_demo(tenant_id);
create view public.customer_calls with (security_invoker = true) as
  select call_id, tenant_id, template, did, caller, ringing_at, answered_at, ended_at, disposition, outcome, transcript,
    cost_usd
  from public.calls where tenant_id is not null and not is_demo and not synthetic;
create view public.customer_consents with (security_invoker = true) as
  select s.* from public.consents s join public.customer_calls c using (call_id);
create view public.customer_recordings with (security_invoker = true) as
  select r.* from public.recordings r join public.customer_calls c using (call_id);
create view public.customer_prayer_requests with (security_invoker = true) as
  select id, church_id, call_id, caller_name, caller_phone, prayer_request_text, confidential, source, status, created_at
  from public.voice_prayer_requests where not is_demo;
create view public.customer_callback_requests with (security_invoker = true) as
  select id, tenant_id, call_id, caller_name, caller_phone, reason, preferred_time, source, status, created_at
  from public.voice_callback_requests where tenant_id is not null and not is_demo;
create view public.customer_crisis_events with (security_invoker = true) as
  select id, tenant_id, call_id, caller_phone, utterance, status, created_at
  from public.crisis_events where tenant_id is not null and not is_demo;
create view public.customer_incidents with (security_invoker = true) as
  select id, tenant_id, call_id, kind, caller_phone, utterance, status, created_at
  from public.incidents where tenant_id is not null and not is_demo;
-- How much of its limit a tenant used, a month.
create view public.customer_usage with (security_invoker = true) as
  select tenant_id, month, count(*)::integer as calls from public.call_places where not is_demo group by tenant_id, month;

revoke all on all tables in schema public from anon, authenticated;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
grant select on public.tenants, public.numbers, public.blocked_callers, public.calls, public.call_events, public.consents,
  public.recordings, public.voice_prayer_requests, public.voice_callback_requests, public.crisis_events, public.incidents,
  public.customer_tenants, public.customer_numbers, public.customer_blocked_callers, public.customer_calls,
  public.customer_consents, public.customer_recordings, public.customer_prayer_requests,
  public.customer_callback_requests, public.customer_crisis_events, public.customer_incidents
  to authenticated;
