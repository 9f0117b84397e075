"""Measures how fast the server acks the carrier's webhooks, with the server on a core of its own."""
