"""What a ``Email`` can do."""

from __future__ import annotations

from ._checked import Checked


class EmailMixin(Checked):
    """Checks itself."""

    __slots__ = ()
