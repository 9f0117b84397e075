-- A personal assistant for one owner, for the embedded stack alone. Fictional; may be applied any number of times.

insert into public.tenants (id, name, timezone, phone, escalation_contact_email, facts)
values ('00000000-0000-4000-b000-000000000013', 'Robin Hale', 'America/Los_Angeles', '+12065550162',
        'robin@hale.example', '{}')
on conflict (id) do update set name = excluded.name, timezone = excluded.timezone, phone = excluded.phone,
  escalation_contact_email = excluded.escalation_contact_email, facts = excluded.facts;

-- +12065550142 is the owner's; all others are guests
insert into public.numbers (did, stage, tenant_id, template, allowlist, access, unlisted_callers)
select '+12065550162', 'local', '00000000-0000-4000-b000-000000000013', 'assistant', '{+12065550142}', 'private', 'guest'
where not exists (select from public.numbers n where n.did = '+12065550162');
