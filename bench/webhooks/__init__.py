"""How fast the carrier's webhooks are taken: the server on a core of its own, everything else on another."""
