"""The ledger as a Django project sees it: adding in its transactions, working by connections of its own."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from .... import _types as _t
from ....errors import ConfigurationError
from ....jobs import Jobs as _Jobs
from ....jobs import LedgerError
from ..._options import checked_options
from ..errors import InvalidOptionsError
from .databases import DjangoDatabase, WorkersDatabase

__all__ = ["Jobs"]

_OPTIONS = ("using", "lease", "patience")


class Jobs(_Jobs):
    """Mails that wait in a database of Django's until they are sent, each of them once.

    What is added, enqueued, paused or looked at goes through Django's connection, and belongs to ``transaction.atomic``
    where that is around it. Workers have connections of their own, made from the same settings.

    Args:
        using: Key in ``DATABASES``. Here and below, None means what the setting ``POSTMARK_JOBS`` says, a dict with
            ``using``, ``lease`` and ``patience``, or else ``default``.
        defaults: Sender, stream, tracking, tag, metadata and headers for every mail added that does not name its own.
            None: those of the setting ``POSTMARK``.
        guard: Who may get mail. None: that of the setting ``POSTMARK``.
        lease: Seconds after which the chunk of a worker, or the job of an adder, that was not heard of is another's.
        patience: Seconds for which a step of a worker is tried again while the database is away.

    Raises:
        InvalidOptionsError: One of the settings is wrong.
    """

    def __init__(
        self,
        using: str | None = None,
        *,
        defaults: _t.Defaults | None = None,
        guard: _t.Guard | None = None,
        lease: float | None = None,
        patience: float | None = None,
    ) -> None:
        try:
            options = _options(using=using, lease=lease, patience=patience)
            self.using: str = options.pop("using", DEFAULT_DB_ALIAS)
            client = getattr(settings, "POSTMARK", {})
            super().__init__(
                self.using,
                defaults=client.get("defaults") if defaults is None else defaults,
                guard=client.get("guard") if guard is None else guard,
                **options,
            )
        except ConfigurationError as error:
            raise InvalidOptionsError(str(error)) from error.__cause__
        self._database = DjangoDatabase(self.using)
        self._options_of_workers = options
        self._workers: _Workers | None = None

    def _desk(self, client: Any, concurrency: Any, *, look_up_first: bool) -> Any:
        return self._own()._desk(client, concurrency, look_up_first=look_up_first)  # noqa: SLF001 - of its own class

    def _telling(self) -> Any:
        return self._own()._telling()  # noqa: SLF001 - as above

    def _own(self) -> _Workers:
        if connections[self.using].in_atomic_block:
            raise LedgerError(
                "a worker commits each step by itself, and sees nothing of an open transaction: work outside of "
                "transaction.atomic, in tests with TransactionTestCase or django_db(transaction=True)"
            )
        if self._workers is None:
            self._workers = _Workers(self.using, **self._options_of_workers)
        return self._workers

    def create_tables(self) -> None:
        """Nothing but a look whether the tables are there: ``manage.py migrate`` makes them.

        Raises:
            LedgerError: They are not.
        """
        super().create_tables()

    def close(self) -> None:
        """Close the connections of workers; a later call opens new ones."""
        workers, self._workers = self._workers, None
        if workers is not None:
            workers.close()


class _Workers(_Jobs):
    """The same ledger by connections of its own."""

    def __init__(self, using: str, *, patience: float = 60.0, **options: Any) -> None:
        super().__init__(using, patience=patience, **options)
        self._database: WorkersDatabase = WorkersDatabase(using, patience=patience)

    def close(self) -> None:
        """Close the connections."""
        super().close()
        self._database.engine.dispose()


def _options(**given: Any) -> dict[str, Any]:
    """What is given, and else what the setting says."""
    said = checked_options(getattr(settings, "POSTMARK_JOBS", {}), "POSTMARK_JOBS in the settings", _OPTIONS, "Jobs")
    return {**said, **{name: value for name, value in given.items() if value is not None}}
