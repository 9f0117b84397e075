"""Benchmarks of Pickup against a bare livekit-agents session."""
