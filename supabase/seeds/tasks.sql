-- A task manager by phone, for the embedded stack alone. Fictional; may be applied any number of times.

insert into public.tenants (id, name, timezone, phone, escalation_contact_email, facts)
values ('00000000-0000-4000-b000-000000000012', 'Tally', 'America/Los_Angeles', '+12065550161', 'hello@tally.example',
        '{}')
on conflict (id) do update set name = excluded.name, timezone = excluded.timezone, phone = excluded.phone,
  escalation_contact_email = excluded.escalation_contact_email, facts = excluded.facts;

insert into public.numbers (did, stage, tenant_id, template)
select '+12065550161', 'local', '00000000-0000-4000-b000-000000000012', 'tasks'
where not exists (select from public.numbers n where n.did = '+12065550161');
