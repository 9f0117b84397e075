"""Modal's control plane on this machine, for deploys only: Modal's real client deploys here, and tests read back the
result. It builds and runs nothing. It answers the calls of Modal's client 1.6.4."""
