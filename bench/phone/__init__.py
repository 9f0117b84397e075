"""How fast a telephone is answered, over real SIP and a real LiveKit server, against a bare livekit-agents worker."""
