"""Whether a preview is kept apart: from production's secret by its deploy's token, from others' rows by its role."""

from urllib.parse import unquote, urlsplit

import modal

from modal_deploy.deployment import PRODUCTION, Deployment
from shared.config import PostgresSettings, Settings
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


def refuse_foreign_role(settings: Settings) -> None:
    """Raises `ConfigError` for a preview that doesn't log in to the database as its own role, which sees its own rows
    and demo tenants alone."""
    if settings.stage == "production":
        return
    own, found = f"pickup-{settings.stage}", ""
    if isinstance(settings.database, PostgresSettings):
        # Supabase's pooler wants the project behind the role: pickup-preview-blue.abcdef
        found = unquote(urlsplit(settings.database.url.get_secret_value()).username or "").partition(".")[0]
    if found != own:
        raise ConfigError(
            f"{settings.stage} must log in to the database as {own}, not as {found or 'somebody with all rights'}: set "
            f"PICKUP_DATABASE_URL in its own secret {own} (docs/deploy.md, Once)"
        )
