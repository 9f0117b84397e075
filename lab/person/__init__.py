"""A simulated person on a telephone: speaks a scenario's sentences, listens, and reports what the call was like."""
