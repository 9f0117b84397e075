"""The Modal app of a stage: its names, what its containers hold, what its functions do. All that knows Modal."""
