"""What a ``TemplatedEmail`` can do."""

from __future__ import annotations

from ._checked import Checked


class TemplatedEmailMixin(Checked):
    """Checks itself."""

    __slots__ = ()
