"""A telephone company in the lab: Telnyx's call control and its signed webhooks, over real SIP and RTP.

A phone's INVITE comes in, a webhook tells of it, and commands decide: pass it on, answer, play, speak, record,
hang up, reject. Or, for a number in direct mode, the INVITE goes straight to a SIP address. A process of its own, as
only one SIP stack lives in each.
"""
