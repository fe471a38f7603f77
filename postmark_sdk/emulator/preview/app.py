"""The pages: one for each template, with its sample models, in HTML and text, wide and narrow."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ..http.hosts import host_of, may_ask
from ..inbox.environment import HERE as INBOX
from ..inbox.environment import STATIC, environment
from ..inbox.frames import frame, wants_remote
from ..inbox.guard import Guard
from ..inbox.live import events
from .rendering import excerpt, findings_of, render, sample_names

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ...templates.check import Finding
    from ...templates.tree import TemplateFolder
    from .workspace import Contents, Workspace

_VIEWS = ("html", "text", "model")


def application(workspace: Workspace, templates: Path) -> ASGIApp:
    """What a browser is answered. Pages read files and change nothing."""
    pages = _Pages(workspace, _environment(templates))
    routes = [
        Route("/", pages.front),
        Route("/templates/{alias:path}/frame", pages.frame),
        Route("/templates/{alias:path}", pages.template),
        Route("/inbox/events", pages.events),
        Mount("/inbox/static", StaticFiles(directory=STATIC)),
    ]
    return _OwnNames(Starlette(routes=routes, middleware=[Middleware(Guard)]))


class _OwnNames:
    """Refuses requests for names of others, as the emulator does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not may_ask(host_of(scope), frozenset()):
            await PlainTextResponse("This name is not that of the preview. Use its address.\n", 421)(
                scope, receive, send
            )
        else:
            await self._app(scope, receive, send)


def _environment(templates: Path) -> Environment:
    made = environment()
    made.loader = FileSystemLoader([templates, INBOX / "templates"])
    return made


class _Pages:
    def __init__(self, workspace: Workspace, jinja: Environment) -> None:
        self._workspace = workspace
        self._jinja = jinja

    def front(self, request: Request) -> Response:
        """All of them, and the first one."""
        contents = self._workspace.contents()
        first = next((each for each in contents.tree.folders if not each.template.is_layout), None)
        return self._page(contents, request, "" if first is None else first.template.alias, front=True)

    def template(self, request: Request) -> Response:
        """One template with one of its sample models."""
        return self._page(self._workspace.contents(), request, request.path_params["alias"])

    def frame(self, request: Request) -> Response:
        """The HTML alone, for the sandboxed frame."""
        contents = self._workspace.contents()
        folder = contents.tree.find(request.path_params["alias"])
        if folder is None:
            return PlainTextResponse("There is no such template.\n", 404)
        mail = render(contents.tree, folder, request.query_params.get("sample", ""))
        return frame(mail.html or "", request, remote="remote" in request.query_params)

    async def events(self, request: Request) -> Response:
        """News of the folder."""
        del request
        return events(self._workspace)

    def _page(self, contents: Contents, request: Request, alias: str, *, front: bool = False) -> Response:
        folder = contents.tree.find(alias)
        shown = {} if folder is None else _shown(contents, folder, request)
        findings_by: defaultdict[str | None, list[Finding]] = defaultdict(list)
        for finding in contents.findings:
            findings_by[finding.alias].append(finding)
        context: dict[str, Any] = {
            "revision": contents.revision,
            "sections": (),
            "section": "templates",
            "counters": {"Refused": 0},
            "root": contents.tree.root.as_posix(),
            "folders": contents.tree.folders,
            "findings_by": findings_by,
            "marks_of": _marks,
            "unread": findings_by[None],
            "front": front,
            "address": _address,
            "alias": alias,
            "folder": folder,
            "excerpt": lambda finding: excerpt(contents.tree, finding),
            **shown,
        }
        html = self._jinja.get_template("preview.html").render(context)
        return HTMLResponse(html, 404 if alias and folder is None else 200)


def _shown(contents: Contents, folder: TemplateFolder, request: Request) -> dict[str, Any]:
    asked, names = request.query_params, sample_names(folder)
    sample = asked["sample"] if asked.get("sample") in names else names[0]
    mail = render(contents.tree, folder, sample)
    view = asked["view"] if asked.get("view") in _VIEWS else "html" if folder.template.html_body else "text"
    return {
        "samples": names,
        "sample": sample,
        "mail": mail,
        "view": view,
        "narrow": asked.get("width") == "phone",
        "remote": "remote" in asked,
        "wants_remote": wants_remote(mail.html or ""),
        "findings": findings_of(contents.tree, folder, contents.findings),
    }


def _address(alias: str, **query: str | None) -> str:
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)
    return f"/templates/{quote(alias)}" + (f"?{text}" if text else "")


def _marks(findings: list[Finding]) -> list[dict[str, str]]:
    errors = sum(finding.is_error for finding in findings)
    warnings = len(findings) - errors
    return [
        {"tone": tone, "icon": icon, "label": f"{number} {noun}{'' if number == 1 else 's'}"}
        for number, noun, tone, icon in ((errors, "error", "bad", "refused"), (warnings, "warning", "warn", "flag"))
        if number
    ]
