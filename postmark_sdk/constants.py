"""Words of Postmark's for trying things out.

>>> from postmark_sdk import PostmarkClient
>>> from postmark_sdk.constants import BOUNCE_TEST_ADDRESSES, TEST_TOKEN
>>> client = PostmarkClient(TEST_TOKEN)
>>> BOUNCE_TEST_ADDRESSES["SoftBounce"]
'SoftBounce@bounce-testing.postmarkapp.com'
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, get_args

from ._core.mail.guard import TEST_TOKEN as _TEST_TOKEN
from ._core.schema.lazy import public
from .models import BounceType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["BLACK_HOLE_ADDRESS", "BOUNCE_TEST_ADDRESSES", "TEST_TOKEN"]
__dir__: Callable[[], list[str]] = public(__name__)

TEST_TOKEN: Final = _TEST_TOKEN
"""A server token for everybody: Postmark checks messages sent with it, answers as usual, and sends nothing."""

BLACK_HOLE_ADDRESS: Final = "test@blackhole.postmarkapp.com"
"""A recipient whose mail is accepted and thrown away."""

BOUNCE_TEST_ADDRESSES: Final[Mapping[BounceType, str]] = MappingProxyType(
    {kind: f"{kind}@bounce-testing.postmarkapp.com" for kind in get_args(BounceType) if kind != "SpamComplaint"}
)
"""Recipients whose mail bounces at once, with webhook and suppression, by the type of the bounce.

They work on live and on sandbox servers and do not count against the bounce rate. Complaints cannot be tried this way.
"""
