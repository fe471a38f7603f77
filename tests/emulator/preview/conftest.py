"""A preview of a folder, in a thread."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from postmark_sdk.emulator._runner import bind, listen, url_of
from postmark_sdk.emulator.preview.server import Server
from postmark_sdk.emulator.preview.workspace import Workspace
from tests.emulator.inbox.chromium import _browser, _open_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["_browser", "_open_page"]

FILES = {
    "_layouts/main/meta.json": '{"Name": "Main"}',
    "_layouts/main/content.html": "<!doctype html><body><h1>{{company}}</h1>\n{{{ @content }}}</body>",
    "welcome/meta.json": '{"Name": "Welcome", "Subject": "Hello, {{name}}", "LayoutTemplate": "main"}',
    "welcome/content.html": "<p id='hi'>Hi, {{name}}</p>",
    "welcome/content.txt": "Hi, {{name}}: {{{ pm:unsubscribe }}}",
    "welcome/model.json": '{"name": "Ada <b>", "company": "Acme"}',
    "welcome/model.other.json": '{"name": "Grace", "company": "Navy"}',
    "bye/meta.json": '{"Name": "Bye", "Subject": "Bye"}',
    "bye/content.txt": "Bye, {{who}}",
}


def put(root: Path, files: dict[str, str]) -> None:
    """Write files, as an editor does."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path, FILES)
    return tmp_path


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """The address of a preview."""
    workspace = Workspace(root)
    listener = listen(bind("127.0.0.1", 0))
    server = Server(workspace, lambda: None)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    workspace.watch()
    thread.start()
    try:
        yield url_of(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def url(root: Path) -> Iterator[str]:
    with serving(root) as address:
        yield address
