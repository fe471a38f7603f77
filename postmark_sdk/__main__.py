"""``python -m postmark_sdk``: the command ``postmark``."""

from __future__ import annotations

from ._command import postmark

if __name__ == "__main__":
    raise SystemExit(postmark())
