"""A local Postmark: every endpoint with state, webhooks, faults, an inbox in the browser.

.. code-block:: python

    from postmark_sdk import PostmarkClient
    from postmark_sdk.emulator import Emulator

    with Emulator() as postmark:
        client = PostmarkClient(postmark.server_token, base_url=postmark.base_url)
        client.emails.send({"From": "a@example.com", "To": "b@example.org", "TextBody": "Hello"})
        assert postmark.sent()[0].text_body == "Hello"

Needs the extra: ``pip install "postmark-sdk[emulator]"``. From the command line: ``postmark-emulator``.
"""

from __future__ import annotations

import sys as _sys

try:
    import jinja2 as _jinja2
    import jsonschema_rs as _jsonschema_rs
    import starlette as _starlette
    import uvicorn as _uvicorn
except ImportError as _why:
    _text = f'The emulator needs {_why.name}: pip install "postmark-sdk[emulator]"'
    if ("-m", __name__) in zip(_sys.orig_argv, _sys.orig_argv[1:], strict=False):  # a person reads it
        raise SystemExit(_text) from None
    raise ImportError(_text, name=_why.name) from _why

from ._emulator import Emulator
from .control.sent import SentAttachment, SentMessage
from .mail.advice.letter import Advice
from .reference.problems import EmulatorError
from .state.faults import Fault

del _jinja2, _jsonschema_rs, _starlette, _sys, _uvicorn

__all__ = ["Advice", "Emulator", "EmulatorError", "Fault", "SentAttachment", "SentMessage"]
