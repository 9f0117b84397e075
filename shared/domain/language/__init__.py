"""What callers' words mean, and what an agent may not say: patterns over transcribed speech."""
