-- Demo tenants and their numbers, for the embedded stack alone. Fictional; may be applied any number of times.

insert into public.tenants
  (id, name, timezone, phone, escalation_contact_email, calls_limit, facts)
values
  ('00000000-0000-4000-a000-000000000001', 'Grace Community Church', 'America/Los_Angeles', '+12065550100',
   'office@grace.example', null, jsonb_build_object(
     'address', '1420 Alder Street, Seattle',
     'hours_spoken', 'Our Sunday services are at nine and eleven in the morning, and there is a prayer service on Wednesday at seven in the evening.',
     'office_hours', 'The church office is open Monday to Thursday, from nine to four.',
     'directions', 'We are two blocks east of the library, across from Cedar Park.',
     'parking', 'There is free parking behind the church, and places for people with disabilities at the side door on Pine Street.',
     'first_visit', 'Come as you are. Somebody at the front door will welcome you, and there is child care during both services.',
     'events', 'This month there is a community supper on Friday at six, and choir practice on Thursday at seven.',
     'giving', 'You can give on our website, grace dot example, or by a check in the offering.',
     'website', 'grace dot example',
     'pastor', 'Ruth Ellison')),
  ('00000000-0000-4000-a000-000000000002', 'Harbor Light Chapel', 'America/New_York', '+12075550110',
   'office@harborlight.example', null, jsonb_build_object(
     'address', '8 Wharf Road, Portland, Maine',
     'hours_spoken', 'We worship on Sunday at ten in the morning.',
     'office_hours', 'The office is open on Tuesday and Friday, from ten to two.',
     'directions', 'We are at the end of Wharf Road, by the lighthouse.',
     'parking', 'You can park along Wharf Road, free of charge on Sundays.',
     'first_visit', 'Sit anywhere you like; after the service there is coffee in the hall.',
     'events', 'On the first Saturday of the month we have a breakfast at eight.',
     'giving', 'You can give in the offering or on our website, harbor light dot example.',
     'website', 'harbor light dot example',
     'pastor', 'Samuel Osei')),
  -- As fictional, but not by its id: limits don't hold for demo tenants (PT-17), and this one shows what a limit does.
  ('00000000-0000-4000-b000-000000000003', 'Full House Fellowship', 'America/Chicago', '+13125550130',
   'office@fullhouse.example', 0, jsonb_build_object(
     'address', '77 Lake Avenue, Chicago',
     'hours_spoken', 'We meet on Sunday at half past ten.',
     'office_hours', 'The office is open on weekdays, from nine to noon.',
     'directions', 'We are one block north of the Lake Avenue station.',
     'parking', 'There is a garage next door.',
     'first_visit', 'Everybody is welcome; just walk in.',
     'events', 'There is a concert on Sunday at four.',
     'giving', 'You can give on our website, full house dot example.',
     'website', 'full house dot example',
     'pastor', 'Dana Whitfield'))
on conflict (id) do update set
  name = excluded.name, timezone = excluded.timezone, phone = excluded.phone, calls_limit = excluded.calls_limit,
  escalation_contact_email = excluded.escalation_contact_email, facts = excluded.facts;

insert into public.numbers (did, stage, tenant_id, route, template, active, allowlist)
select wanted.* from (values
  ('+12065550100', 'local', '00000000-0000-4000-a000-000000000001'::uuid, 'tenant', 'church', true, '{}'::text[]),
  -- was given up
  ('+12065550101', 'local', '00000000-0000-4000-a000-000000000001', 'tenant', 'church', false, '{}'),
  -- for two callers only
  ('+12065550102', 'local', '00000000-0000-4000-a000-000000000001', 'tenant', 'church', true,
   '{2065550142,+442079460018}'),
  -- over its limit of calls
  ('+13125550130', 'local', '00000000-0000-4000-b000-000000000003', 'tenant', 'church', true, '{}'),
  -- bound to nobody
  ('+12065550103', 'local', null, 'tenant', 'church', true, '{}'),
  -- of another stage
  ('+12265550123', 'preview-demo', '00000000-0000-4000-a000-000000000001', 'tenant', 'church', true, '{}'),
  ('+12075550110', 'local', '00000000-0000-4000-a000-000000000002', 'tenant', 'church', true, '{}'),
  ('+18005550199', 'local', null, 'sales', 'sales', true, '{}'),
  -- whose template doesn't exist: its callers hear an apology
  ('+18005550197', 'local', null, 'sales', 'lost', true, '{}')
) as wanted (did, stage, tenant_id, route, template, active, allowlist)
where not exists (select from public.numbers n where n.did = wanted.did);

-- what their callers get whom nobody answers
update public.numbers n set fallback = wanted.fallback, forward_to = wanted.forward_to
from (values ('+12065550100', 'voicemail', null), ('+12075550110', 'forward', '+12075550111'))
  as wanted (did, fallback, forward_to)
where n.did = wanted.did;

insert into public.blocked_callers (tenant_id, caller, reason)
values ('00000000-0000-4000-a000-000000000001', '2065550166', 'sells things')
on conflict do nothing;
