"""What an agent may say of a tenant, by the names in its template."""

from shared.domain.telephony.numbers import spoken
from shared.domain.tenant import Tenant


def spoken_facts(tenant: Tenant) -> dict[str, str]:
    """The fields that phrases and replies may use: the tenant's facts, its name and its phone."""
    return {**tenant.facts, "name": tenant.name, "phone": spoken(tenant.phone) if tenant.phone else ""}
