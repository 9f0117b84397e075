"""The whole system under a seeded schedule of faults, and an audit from outside of what became of its calls."""
