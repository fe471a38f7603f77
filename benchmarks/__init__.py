"""Measures the package beside bare httpx and its peers: ``python -m benchmarks``."""
