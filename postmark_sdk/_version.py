"""The version of this package: a literal, so that neither importing nor vendoring needs package metadata."""

__version__ = "0.1.0"
