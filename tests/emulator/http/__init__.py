"""Before any operation: tokens, media types, JSON, paths, faults."""
