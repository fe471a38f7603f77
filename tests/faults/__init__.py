"""Sending through a server that goes wrong in every way a real one can, and counts what it took."""
