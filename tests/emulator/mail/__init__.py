"""What a mail is, and what becomes of it."""
