"""The one logger, under the package's own name also where it was vendored."""

from __future__ import annotations

import logging

NAME = __name__.partition("._core")[0]

logger = logging.getLogger(NAME)
logger.addHandler(logging.NullHandler())  # a program that set up no logging gets nothing on stderr
