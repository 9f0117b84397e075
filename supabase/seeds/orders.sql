-- A fictional shop whose customers pay on delivery, for the embedded stack alone; may be applied any number of times.

insert into public.tenants (id, name, timezone, phone, escalation_contact_email, facts)
values
  ('00000000-0000-4000-b000-000000000014', 'Northlight Lamps', 'America/Los_Angeles', '+12065550163',
   'office@northlight.example', jsonb_build_object(
     'payment', 'You pay the driver when your order arrives, in cash or by card.',
     'returns', 'You can send an order back within thirty days of its delivery, free of charge.'))
on conflict (id) do update set
  name = excluded.name, timezone = excluded.timezone, phone = excluded.phone,
  escalation_contact_email = excluded.escalation_contact_email, facts = excluded.facts;

insert into public.numbers (did, stage, tenant_id, route, template, active)
select '+12065550163', 'local', '00000000-0000-4000-b000-000000000014'::uuid, 'tenant', 'orders', true
where not exists (select from public.numbers n where n.did = '+12065550163');

-- As if they had just been imported: a demo can be repeated.
insert into public.orders
  (tenant_id, order_number, customer_name, customer_phone, items, amount, postcode, address, delivery_time, status, stage)
select '00000000-0000-4000-b000-000000000014'::uuid, wanted.*, 'local' from (values
  ('NL-4172', 'Maria Delgado', '+12065550142', 'two desk lamps', 84.50, '98104', '12 Elm Street, Seattle', 'Friday',
   'pending'),
  ('NL-5180', 'Walter Kim', '+12065550188', 'a floor lamp', 129.00, '98122', '77 Lake Avenue, Seattle', 'Saturday',
   'pending'),
  ('NL-3906', 'Ines Ferro', '+12065550143', 'a ceiling lamp', 240.00, '98101', '5 Pine Street, Seattle', 'today',
   'shipped')
) as wanted (order_number, customer_name, customer_phone, items, amount, postcode, address, delivery_time, status)
on conflict (stage, tenant_id, order_number) do update set
  customer_phone = excluded.customer_phone, items = excluded.items, amount = excluded.amount,
  postcode = excluded.postcode, address = excluded.address, delivery_time = excluded.delivery_time,
  status = excluded.status, version = public.orders.version + 1, decided_at = null;
