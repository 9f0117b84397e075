"""Six tenants that something is wrong with, as an earlier release may have left them."""

from typing import Any

_GRACE = "00000000-0000-4000-a000-000000000001"


async def as_it_was_before(sql: Any) -> None:
    """Rows that an earlier release wrote weren't held to these rules."""
    for table, name in (
        ("tenants", "tenants_timezone_known"),
        ("tenants", "tenants_facts_texts"),
        ("tenants", "tenants_greeting_not_empty"),
        ("tenants", "tenants_language_tag"),
    ):
        await sql.execute(f"alter table {table} drop constraint {name}")
    await sql.execute("drop trigger numbers_forward_is_not_ours on numbers")


BREAKS = (
    "facts = facts - 'parking'",
    "timezone = 'america/los_angeles'",
    "timezone = 'Mars/Olympus_Mons'",
    "greeting = 'Welcome to {church}, {name'",
    """facts = facts || '{"giving": 12, "events": ""}'""",
    "language = 'tlh', phone = 'front desk'",
)


async def broken_numbers(sql: Any) -> list[str]:
    """Six numbers, each of a tenant of its own that something is wrong with."""
    await as_it_was_before(sql)
    dids = [f"+120655501{number + 60}" for number in range(len(BREAKS))]
    # a business's seed may have given one of them to its own tenant
    await sql.execute("delete from numbers where did = any($1)", dids)
    for number, (did, change) in enumerate(zip(dids, BREAKS, strict=True)):
        tenant_id = f"00000000-0000-4000-a000-00000000010{number}"
        await sql.execute(
            "insert into tenants (id, name, timezone, phone, facts)"
            " select $1, 'Church ' || $3::text, timezone, phone, facts from tenants where id = $2",
            tenant_id, _GRACE, str(number),
        )  # fmt: skip
        await sql.execute(f"update tenants set {change} where id = $1", tenant_id)
        await sql.execute(
            "insert into numbers (did, stage, tenant_id, template) values ($1, 'local', $2, 'church')", did, tenant_id
        )
    return dids
