"""Lists, read to their end."""
