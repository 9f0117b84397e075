from modal_world import deploy, deployed, deployments, plane, untagged
from sentry_world import sentry

__all__ = ["deploy", "deployed", "deployments", "plane", "sentry", "untagged"]
