"""Conversations in which both sides speak at once: what the agent answers, what it stops for, how long it is quiet."""
