"""A SIP gateway that stands where LiveKit's SIP service stands: SIP and RTP on one side, a real room on the other.

It speaks to livekit-server as that service does, over the server's own bus, so trunks, dispatch rules, outbound calls
and transfers are asked for through the unchanged LiveKit API. docs/sip-contract.md says what it does and what not.
"""
