"""Every model and every set of words of the Postmark API, and the dicts that can stand for request bodies.

``Email`` and the like take keyword arguments; ``EmailParams`` and ``EmailWire`` are dict types for annotations, with
Python's names and with Postmark's. All are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._generated import models as _models

if TYPE_CHECKING:
    from ._core.schema.model import Model as Model  # noqa: PLC0414 - so it is exported
    from ._core.schema.page import Page as Page  # noqa: PLC0414 - so it is exported
    from ._generated.models import *  # noqa: F403 - exactly its __all__
    from ._generated.params import *  # noqa: F403 - exactly its __all__


if not TYPE_CHECKING:  # checkers know the names from above; a module's __getattr__ would hide misspelt ones

    def __getattr__(name: str) -> Any:
        if name in _models.__all__:
            value = getattr(_models, name)
        elif name in {"Model", "Page"}:
            from ._core.schema import model, page  # noqa: PLC0415 - on first use, like everything here

            value = getattr({"Model": model, "Page": page}[name], name)
        elif name.endswith(("Params", "Wire")):
            from ._generated import params  # noqa: PLC0415 - on first use, like everything here

            value = getattr(params, name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    from ._generated import params  # noqa: PLC0415 - only for completion

    return sorted({*_models.__all__, *params.__all__, "Model", "Page"})
