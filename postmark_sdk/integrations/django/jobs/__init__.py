"""Jobs in Django's own database: a mail is queued exactly if the transaction commits that it belongs to.

``"postmark_sdk.integrations.django.jobs"`` in ``INSTALLED_APPS`` brings the ledger's tables by ``manage.py migrate``,
``manage.py postmark_work``, and jobs in the admin. Extras: ``pip install "postmark-sdk[django,jobs]"``.

.. code-block:: python

    from django.db import transaction
    from postmark_sdk.integrations.django.jobs import Jobs

    jobs = Jobs()
    with transaction.atomic():
        order.save()
        jobs.enqueue(Email(...), key=f"order-{order.pk}")
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...._core.schema.lazy import attach

if TYPE_CHECKING:
    from .ledger import Jobs
    from .mail import EmailBackend

__all__ = ["EmailBackend", "Jobs"]

# Lazily: Django imports this before its models are there, and before a check can say that the extra is missing.
__getattr__: Callable[[str], Any]
__dir__: Callable[[], list[str]]
__getattr__, __dir__ = attach(__name__, {"EmailBackend": "mail", "Jobs": "ledger"})
