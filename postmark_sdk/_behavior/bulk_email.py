"""What a ``BulkEmail`` can do."""

from __future__ import annotations

from ._checked import Checked


class BulkEmailMixin(Checked):
    """Checks itself."""

    __slots__ = ()
