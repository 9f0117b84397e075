"""Fifty calls with a model that does what no model may: what it tries, and what the guards make of it."""
