"""What a mail is, and what becomes of it: checked, accepted, delivered or bounced, opened, clicked."""
