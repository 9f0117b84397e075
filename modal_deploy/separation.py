"""Whether a preview is kept apart from production: its deploy's token must not reach production's secret."""

import modal

from modal_deploy.deployment import PRODUCTION, Deployment
from shared.errors import ConfigError


def refuse_shared_secrets(deployment: Deployment) -> None:
    """Raises `ConfigError` for a preview whose token finds production's secret: its containers could mount it too.

    An environment of Modal's is a name space, not a border: `environment_name=` names any that the token may read.
    """
    if deployment.kind == "production":
        return
    try:
        modal.Secret.from_name(PRODUCTION.secret, environment_name=PRODUCTION.place).hydrate()
    except (modal.exception.NotFoundError, modal.exception.AuthError, modal.exception.PermissionDeniedError):
        return
    raise ConfigError(
        f"this token of a preview can read production's secret ({PRODUCTION.secret} in {PRODUCTION.place}): deploy "
        "previews from a workspace of their own, or restrict the environment and give previews a service user that "
        "has no role there (docs/deploy.md, Once)"
    )
