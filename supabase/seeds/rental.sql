-- An equipment rental and its number, for the embedded stack alone. Fictional; may be applied any number of times.

insert into public.tenants (id, name, timezone, phone, escalation_contact_email, calls_limit, facts)
values
  ('00000000-0000-4000-b000-000000000011', 'Cascade Tool Rental', 'America/Los_Angeles', '+12065550160',
   'counter@cascade.example', null, jsonb_build_object(
     'address', '310 Foundry Street, Tacoma',
     'hours_spoken', 'We are open Monday to Saturday, from seven in the morning to six in the evening.',
     'deposit', 'We take a deposit of 100 dollars by card at the counter, and need a photo ID.',
     'delivery', 'We deliver within 20 miles for 60 dollars each way; please ask a day ahead.',
     'fuel', 'Machines go out with a full tank and come back with one.',
     'website', 'cascade dot example'))
on conflict (id) do update set
  name = excluded.name, timezone = excluded.timezone, phone = excluded.phone, facts = excluded.facts,
  escalation_contact_email = excluded.escalation_contact_email;

insert into public.numbers (did, stage, tenant_id, route, template, active)
select '+12065550160', 'local', '00000000-0000-4000-b000-000000000011', 'tenant', 'rental', true
where not exists (select from public.numbers n where n.did = '+12065550160');

insert into public.equipment
  (tenant_id, stage, reference, name, category, description, daily_rate, lowest_rate, status, version, updated_at)
select '00000000-0000-4000-b000-000000000011', 'local', wanted.*, 1, now()
from (values
  ('EX-1', 'mini excavator', 'excavators', 'It digs eight feet deep and is five feet wide.', 280, 240, 'AVAILABLE'),
  ('EX-2', 'compact excavator', 'excavators', 'It digs eleven feet deep and needs a seven-foot gate.', 360, 310, 'OUT_OF_SERVICE'),
  ('PW-1', 'gas pressure washer', 'pressure washers', 'It has 3300 PSI, for driveways, decks and siding.', 65, 55, 'AVAILABLE'),
  ('PW-2', 'electric pressure washer', 'pressure washers', 'It has 2000 PSI, for cars and patio furniture.', 40, 34, 'AVAILABLE'),
  ('TR-1', 'walk-behind trencher', 'trenchers', 'It cuts a trench three feet deep, for pipes and cables.', 145, 120, 'AVAILABLE'),
  ('LF-1', 'scissor lift', 'lifts', 'It reaches nineteen feet and runs on batteries, for work indoors.', 150, 130, 'AVAILABLE'),
  ('LF-2', 'towable boom lift', 'lifts', 'It reaches fifty feet, for trees and roofs.', 260, 225, 'AVAILABLE'),
  ('GN-1', 'portable generator', 'generators', 'It gives 7000 watts and runs eight hours on a tank.', 75.50, null, 'AVAILABLE'),
  ('CP-1', 'plate compactor', 'compactors', 'It is for gravel, pavers and sand.', 85, 70, 'AVAILABLE')
) as wanted (reference, name, category, description, daily_rate, lowest_rate, status)
on conflict (stage, tenant_id, reference) do nothing;
