"""Many calls with the contrary model: counts what it tries, and checks that every guard holds."""
