"""Models, dates."""
