"""What models and resources can do beyond what the description says: one module for each, by its name."""
