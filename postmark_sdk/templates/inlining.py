"""What Postmark's CSS inliner leaves behind."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_HTML_TAG: Final = re.compile(r"<html[\s/>]", re.IGNORECASE)
_STYLE_TAG: Final = re.compile(r"<style[\s/>]", re.IGNORECASE)


def as_document(html: str) -> str:
    """Do what ``InlineCss`` and ``InlineCssForHtmlTestRender`` ask for.

    Rules of style sheets in the HTML go into ``style`` attributes; what cannot, such as ``@media`` and ``:hover``,
    stays a style sheet. That needs css-inline, which comes with the extra ``emulator``. HTML without a style sheet
    stays as it was, but a fragment without an ``<html>`` tag is wrapped. Nothing is loaded from anywhere.
    """
    if _STYLE_TAG.search(html):
        html = _inliner()(html)
    return html if _HTML_TAG.search(html) else f"<html><head></head><body>{html}</body></html>"


@functools.cache
def _inliner() -> Callable[[str], str]:
    try:
        import css_inline  # noqa: PLC0415 - of an extra
    except ImportError:
        return str
    options = css_inline.CSSInliner(
        keep_style_tags=True, keep_at_rules=True, remove_inlined_selectors=True, load_remote_stylesheets=False
    )

    def inlined(html: str) -> str:
        try:
            return options.inline(html)
        except css_inline.InlineError:  # sheets that no mail program would read either
            return html

    return inlined
