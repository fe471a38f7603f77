"""A server with a layout and a template, and a folder of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postmark_sdk import PostmarkClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from postmark_sdk.emulator import Emulator

META = '{"Name": "Welcome", "Alias": "welcome", "Subject": "Hi, {{name}}", "LayoutTemplate": "main"}'


@pytest.fixture
def client(postmark: Emulator) -> Iterator[PostmarkClient]:
    """Of a server that has a layout ``main`` and a template ``welcome``, and nothing else."""
    with PostmarkClient(postmark.server_token, base_url=postmark.base_url) as client:
        for template in client.templates.iterate():
            client.templates.delete(template.template_id)
        client.templates.create(name="Main", alias="main", template_type="Layout", html_body="<b>{{{ @content }}}</b>")
        client.templates.create(
            name="Welcome",
            alias="welcome",
            subject="Hi, {{name}}",
            html_body="<p>\r\nHi, {{name}}</p>",
            layout_template="main",
        )
        yield client


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], Path]:
    """Write files into the folder ``templates``; commands run beside it."""
    monkeypatch.chdir(tmp_path)

    def write(contents: dict[str, str]) -> Path:
        for name, content in contents.items():
            path = tmp_path / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode())
        return tmp_path / "templates"

    return write


@pytest.fixture
def same(files: Callable[[dict[str, str]], Path]) -> Path:
    """A folder that holds what the server has."""
    return files(
        {
            "_layouts/main/meta.json": '{"Name": "Main", "Alias": "main", "TemplateType": "Layout"}',
            "_layouts/main/content.html": "<b>{{{ @content }}}</b>",
            "welcome/meta.json": META,
            "welcome/content.html": "<p>\r\nHi, {{name}}</p>",
        }
    )
