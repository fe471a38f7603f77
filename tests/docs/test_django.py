"""The settings that the page on Django shows are taken by Django, in the project that each tab is for."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("django", reason="Django is not installed")

import django
from django.conf import Settings
from django.core.exceptions import ImproperlyConfigured

from .examples import pages

if TYPE_CHECKING:
    from collections.abc import Mapping

_BACKEND = "postmark_sdk.integrations.django.EmailBackend"
_STARTED = {"MAILERS": {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}}
"""What ``startproject`` writes."""
_WITH, _WITHOUT = (each.source for each in pages()["docs/howto/django.md"] if "\nDEFAULT_FROM_EMAIL = " in each.source)


def _settings(monkeypatch: pytest.MonkeyPatch, source: str, project: Mapping[str, object]) -> dict[str, object]:
    module = ModuleType("settings_of_the_page")
    vars(module).update(project, SECRET_KEY="key-for-examples", USE_TZ=True)
    exec(source, vars(module))  # noqa: S102 - our own text
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return dict(vars(Settings(module.__name__)))


def test_the_first_tab_is_for_a_project_that_django_started(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _BACKEND in str(_settings(monkeypatch, _WITH, _STARTED)["MAILERS"])


@pytest.mark.filterwarnings("ignore:.*EMAIL_BACKEND")
def test_the_second_tab_is_for_a_project_without_mailers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _settings(monkeypatch, _WITHOUT, {})["EMAIL_BACKEND"] == _BACKEND


@pytest.mark.skipif(django.VERSION < (6, 1), reason="Django older than 6.1 knows no MAILERS")
def test_the_second_tab_is_not_for_a_project_that_django_started(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="MAILERS"):
        _settings(monkeypatch, _WITHOUT, _STARTED)
