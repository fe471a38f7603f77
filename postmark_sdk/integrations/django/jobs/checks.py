"""What ``manage.py check`` says of jobs: whether the extra is there, and a database that the ledger takes."""

from __future__ import annotations

from typing import Any

from django.core import checks

from ....errors import ConfigurationError

__all__ = ["check_jobs"]


def check_jobs(**_: Any) -> list[checks.CheckMessage]:
    """SQLAlchemy, the setting ``POSTMARK_JOBS``, and the database that it names."""
    try:
        from .databases import checked_kind  # noqa: PLC0415 - whether that goes is the question
        from .ledger import Jobs  # noqa: PLC0415 - as above

        checked_kind(Jobs().using)
    except ImportError as error:
        return [checks.Error(str(error), id="postmark_sdk.E003")]
    except ConfigurationError as error:
        return [checks.Error(str(error), id="postmark_sdk.E004")]
    return []
