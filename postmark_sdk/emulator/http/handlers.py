"""Importing this module registers the functions behind every operation."""

from __future__ import annotations

from ..endpoints import (
    bounces as _bounces,
)
from ..endpoints import (
    bulk as _bulk,
)
from ..endpoints import (
    domains as _domains,
)
from ..endpoints import (
    inbound as _inbound,
)
from ..endpoints import (
    removals as _removals,
)
from ..endpoints import (
    rules as _rules,
)
from ..endpoints import (
    searches as _searches,
)
from ..endpoints import (
    senders as _senders,
)
from ..endpoints import (
    sending as _sending,
)
from ..endpoints import (
    server as _server,
)
from ..endpoints import (
    stats as _stats,
)
from ..endpoints import (
    streams as _streams,
)
from ..endpoints import (
    suppressions as _suppressions,
)
from ..endpoints import (
    templates as _templates,
)
from ..endpoints import (
    webhooks as _webhooks,
)

__all__ = [
    "_bounces",
    "_bulk",
    "_domains",
    "_inbound",
    "_removals",
    "_rules",
    "_searches",
    "_senders",
    "_sending",
    "_server",
    "_stats",
    "_streams",
    "_suppressions",
    "_templates",
    "_webhooks",
]
