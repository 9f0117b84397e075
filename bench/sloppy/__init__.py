"""Many calls with the sloppy model: patient callers, and whether each got what they asked for."""
