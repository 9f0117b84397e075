"""The lab's carrier: Telnyx's call control API and signed webhooks over real SIP and RTP.

A phone's INVITE arrives, a webhook reports it, and the customer's commands decide what happens: transfer, answer, play,
speak, record, hang up or reject. For a number in direct mode the carrier sends the INVITE straight on to a SIP address.
It runs in a process of its own, as a process can have only one SIP stack.
"""
