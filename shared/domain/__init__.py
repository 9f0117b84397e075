"""Pure rules and values of the telephone system: no I/O; time and chance come in as arguments."""
