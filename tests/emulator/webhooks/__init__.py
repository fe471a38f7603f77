"""What is posted to the application."""
