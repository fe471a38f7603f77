"""What is done to mails, and what is known of them whatever happens."""
