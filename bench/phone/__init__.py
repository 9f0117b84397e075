"""Compares how fast Pickup and a bare livekit-agents worker answer phone calls, over real SIP and a LiveKit server."""
