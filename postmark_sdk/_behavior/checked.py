"""The same checks that sending makes, callable beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..errors import Problem

if TYPE_CHECKING:
    from .._core.schema.model import Model


class CheckedMixin:
    """A request that knows what is wrong with it."""

    __slots__ = ()

    def problems(self) -> list[Problem]:
        """Everything that would be refused before sending; an empty list when nothing would.

        A sender that comes from the client's defaults counts as missing here.
        """
        from .._core.body.encode import all_problems  # noqa: PLC0415 - it imports the models in turn

        return all_problems(cast("Model", self))
