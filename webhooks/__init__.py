"""The HTTP side: thin handlers that verify a request, parse it, call one use-case and answer.

`python -m webhooks` serves the webhooks of LiveKit and the carrier, consent given outside of a call, health and house
audio.
"""
