from webhooks_world import serve, settings, shared, shared_process, started, webhooks

__all__ = ["serve", "settings", "shared", "shared_process", "started", "webhooks"]
