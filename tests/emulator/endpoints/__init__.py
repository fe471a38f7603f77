"""Each group of operations against its documents."""
