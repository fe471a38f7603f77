"""The version of this package: a literal, so that neither importing nor vendoring needs package metadata."""

__version__ = "1.0.0rc1"
