"""Modal's control plane on this machine, as far as deploying goes: its real client deploys here, and what it asked for
can be read back. Nothing is built and nothing runs. Which calls those are, and their answers: Modal's client 1.6.4."""
