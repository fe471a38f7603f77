"""A project with jobs, under every version of Django, and databases as ``DATABASES`` has them."""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")

from tests.integrations.apps import configure_django

configure_django()

from django.core.management import call_command  # noqa: E402 - needs settings
from django.db import connections, transaction  # noqa: E402 - as above
from django.test import override_settings  # noqa: E402 - as above
from sqlalchemy import make_url  # noqa: E402 - of the extra

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = "postmark_sdk.integrations.django.jobs"
APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    APP,
]
ALIAS = "default"
atomic: Any = transaction.atomic
"""Django has no types, and checkers read them differently out of its code."""
_CONTRIB = "django.contrib"
SETTINGS: dict[str, Any] = {
    "INSTALLED_APPS": APPS,
    "MIDDLEWARE": [
        f"{_CONTRIB}.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        f"{_CONTRIB}.auth.middleware.AuthenticationMiddleware",
        f"{_CONTRIB}.messages.middleware.MessageMiddleware",
    ],
    "ROOT_URLCONF": "tests.integrations.django.jobs.urls",
    "STATIC_URL": "/static/",
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    f"{_CONTRIB}.auth.context_processors.auth",
                    f"{_CONTRIB}.messages.context_processors.messages",
                ]
            },
        }
    ],
}
_ENGINES = {"sqlite": "sqlite3", "postgresql": "postgresql", "mysql": "mysql"}


def of_url(url: str) -> dict[str, Any]:
    """The same database as a value of ``DATABASES``."""
    parts = make_url(url)
    kind = parts.get_backend_name()
    if kind == "mysql":
        _let_pymysql_be_mysqlclient()
    host = parts.query.get("host") or parts.query.get("unix_socket") or ""
    name = {"NAME": parts.database, "USER": parts.username or "", "HOST": host}
    return {"ENGINE": f"django.db.backends.{_ENGINES[kind]}", **name}


def _let_pymysql_be_mysqlclient() -> None:
    """It is what Django can be told to take instead."""
    pymysql: Any = importlib.import_module("pymysql")

    if "MySQLdb" not in sys.modules:
        pymysql.version_info = (2, 2, 7, "final", 0)  # Django asks for that of mysqlclient
        pymysql.install_as_MySQLdb()


@contextlib.contextmanager
def database(**said: Any) -> Iterator[None]:
    """The project's only database, as said."""
    handler: Any = connections
    before = handler.settings[ALIAS], getattr(handler._connections, ALIAS, None)
    handler.settings[ALIAS] = handler.configure_settings({ALIAS: {**said}})[ALIAS]
    if before[1] is not None:
        delattr(handler._connections, ALIAS)
    try:
        with override_settings(**SETTINGS):
            yield
    finally:
        connections[ALIAS].close()
        handler.settings[ALIAS] = before[0]
        delattr(handler._connections, ALIAS)
        if before[1] is not None:
            setattr(handler._connections, ALIAS, before[1])


def migrate(*words: str) -> None:
    """Run ``manage.py migrate``."""
    call_command("migrate", *words, verbosity=0)
