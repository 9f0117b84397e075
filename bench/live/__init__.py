"""A small evaluation of the agent with the real speech providers, for whoever has their keys."""
