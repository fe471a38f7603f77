"""What is posted to the application, and posted again when that failed."""
