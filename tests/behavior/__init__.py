"""What generated classes inherit."""
