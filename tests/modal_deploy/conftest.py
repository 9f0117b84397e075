from modal_world import deploy, deployed, plane
from sentry_world import sentry

__all__ = ["deploy", "deployed", "plane", "sentry"]
