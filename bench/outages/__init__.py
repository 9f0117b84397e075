"""Calls while Redis, Postgres or both are away: which are answered, what their callers meet, what is recorded."""
