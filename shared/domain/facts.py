"""What an agent may say of a tenant, by the names in its template."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.domain.opening_hours import complaints, is_open
from shared.domain.telephony.numbers import spoken
from shared.domain.tenant import OPENING_HOURS, Tenant


def spoken_facts(tenant: Tenant) -> dict[str, str]:
    """The fields that phrases and replies may use: the tenant's facts, its name and its phone."""
    return {**tenant.facts, "name": tenant.name, "phone": spoken(tenant.phone) if tenant.phone else ""}


def time_there(tenant: Tenant, now: datetime) -> str:
    """The tenant's local time, as the model reads it; with opening hours that can be read, also whether it is open."""
    local, hours, opened = now.astimezone(ZoneInfo(tenant.timezone)), tenant.extras.get(OPENING_HOURS), ""
    if hours is not None and not any(complaints(hours)):
        opened = f" {tenant.name} is {'open' if is_open(hours, local) else 'closed'} now."
    return f"It is {local:%A, %B %-d %Y, %-I:%M %p} there.{opened}"
