"""The lab's SIP gateway in place of LiveKit's SIP service: SIP and RTP on one side, a LiveKit room on the other.

It uses livekit-server's own bus as that service does, so trunks, dispatch rules, outbound calls and transfers work
through the unchanged LiveKit API. docs/sip-contract.md lists what it does and what it doesn't.
"""
