from webhooks_world import serve, started, webhooks

__all__ = ["serve", "started", "webhooks"]
