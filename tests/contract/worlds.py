"""The same call made by the synchronous and by the asynchronous client."""

from __future__ import annotations

import asyncio
import operator
import warnings
from typing import TYPE_CHECKING, Any

from postmark_sdk import AsyncPostmarkClient, PostmarkClient
from tests.description import operations

from .checking import TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable

WORLDS = ("sync", "async")


def options(url: str) -> dict[str, Any]:
    """Both tokens and the address of the test's server."""
    server, account = TOKENS.values()
    return {"server_token": server, "account_token": account, "base_url": url, "retries": 0}


def call(world: str, url: str, made: Callable[[Any], Any]) -> Any:
    """The result of ``made(client)``: its value, or the list of what it iterates over."""
    if world == "async":
        return asyncio.run(_call_async(url, made))
    with PostmarkClient(**options(url)) as client:
        result = made(client)
        return list(result) if hasattr(result, "__next__") else result


async def _call_async(url: str, made: Callable[[Any], Any]) -> Any:
    async with AsyncPostmarkClient(**options(url)) as client:
        result = made(client)
        return [item async for item in result] if hasattr(result, "__anext__") else await result


def quiet(name: str) -> Callable[[Any], Callable[..., Any]]:
    """``bounces.list`` of a client, without the warnings of the deprecated ones; of others, every warning fails."""
    found = operator.attrgetter(name)
    return lambda client: _without_advice(found(client)) if name in _DEPRECATED else found(client)


_DEPRECATED = {
    each.id.replace(f"{tag}_", f"{tag}.", 1).replace(".list", verb)
    for each in operations().values()
    if each.node.get("deprecated")
    for tag in each.node["tags"]
    for verb in (".list", ".iterate")
}


def _without_advice(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*given: Any, **fields: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return function(*given, **fields)

    return called
