"""Styles from ``<style>`` into ``style`` attributes, as Postmark does after rendering."""

from __future__ import annotations

from .mustachio import as_document


def inline_css(html: str) -> str:
    """The document with its styles inlined."""
    return as_document(html)
