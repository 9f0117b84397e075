"""Routing decisions to and from JSON, as Postgres and Redis hold them."""

from typing import Any, get_args

from shared.domain.routing import Admit, Announce, Decision, Reason, Reject
from shared.domain.tenant import Route, Tier


def to_json(decision: Decision) -> dict[str, Any]:
    """`{"kind": "admit" | "announce" | "reject", "reason", "tenant_id"}`, and for an admission `route`, `template`,
    `stale_directory`, `template_version`, `tier`."""
    common = {"reason": decision.reason.value, "tenant_id": decision.tenant_id}
    match decision:
        case Admit():
            return {
                "kind": "admit",
                **common,
                "route": decision.route,
                "template": decision.template,
                "stale_directory": decision.stale_directory,
                "template_version": decision.template_version,
                "tier": decision.tier,
            }
        case Announce():
            return {"kind": "announce", **common}
        case Reject():
            return {"kind": "reject", **common}


def from_json(data: dict[str, Any]) -> Decision:
    """Reads what `to_json` wrote. Raises ValueError that names what is wrong with anything else."""
    try:
        reason, tenant_id = Reason(data["reason"]), data["tenant_id"]
        if not isinstance(tenant_id, str | None):
            raise ValueError(f"tenant_id is {tenant_id!r}")
        match data["kind"]:
            case "announce":
                return Announce(reason, tenant_id)
            case "reject":
                return Reject(reason, tenant_id)
            case "admit" if data["route"] in get_args(Route) and isinstance(data["template"], str):
                version, stale = data.get("template_version"), bool(data["stale_directory"])
                if not isinstance(version, int | None):
                    raise ValueError(f"template_version is {version!r}")
                tier = data.get("tier")
                if tier is not None and tier not in get_args(Tier):
                    raise ValueError(f"tier is {tier!r}")
                return Admit(reason, data["route"], tenant_id, data["template"], stale, version, tier)
            case kind:
                raise ValueError(f"kind {kind!r}, route {data.get('route')!r}, template {data.get('template')!r}")
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"not a stored decision: {error}") from error
