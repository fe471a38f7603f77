"""Whatever callers write, and the bytes that leave."""
