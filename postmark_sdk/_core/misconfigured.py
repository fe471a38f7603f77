"""How new clients complain. Apart, so that the tree of errors is loaded with the first error and not with a client."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..errors import ConfigurationError


def misconfigured(text: str) -> ConfigurationError:
    """The error to raise about an option."""
    from ..errors import ConfigurationError  # noqa: PLC0415 - the reason for this module

    return ConfigurationError(text)
