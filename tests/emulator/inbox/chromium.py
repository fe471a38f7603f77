"""Debian's Chromium, driven by Playwright, and the fixtures of tests with it; nothing of it may call out."""

from __future__ import annotations

import importlib.util
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    """Where Chromium is; ``CHROMIUM`` names another one."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


def missing() -> str | None:
    """Why browser tests cannot run here, or None."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed: pip install playwright"
    if executable() is None:
        return "no chromium on the PATH: apt-get install chromium"
    return None


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser for many pages."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module", name="browser")
def _browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(name="open_page")
def _open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an address in a context of its own, with these options."""
    contexts: list[BrowserContext] = []

    def opened(url: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
