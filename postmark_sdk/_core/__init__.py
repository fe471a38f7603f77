"""What a description cannot say: decided in plain functions, moved by two thin shells."""
