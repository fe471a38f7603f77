"""Adapters for other packages, one module for each, behind the extra of the same name."""
