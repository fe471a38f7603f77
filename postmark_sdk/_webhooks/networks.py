"""Data: the addresses that Postmark publishes for its webhook calls."""

from __future__ import annotations

__all__ = ["POSTMARK_NETWORKS", "POSTMARK_NETWORKS_DATE"]

POSTMARK_NETWORKS: tuple[str, ...] = (
    "3.134.147.250",
    "18.217.206.57",
    "50.31.156.6",
    "50.31.156.77",
)
"""As published at https://postmarkapp.com/support/article/800-ips-for-firewalls on ``POSTMARK_NETWORKS_DATE``.

Postmark advises against relying on the list, since it can change without a new version of this package: use it beside
credentials, not instead of them, and give a list of your own where you keep one.
"""

POSTMARK_NETWORKS_DATE = "2026-09-16"
"""The day of the list."""
