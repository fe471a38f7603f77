"""A page in the browser that shows the templates of a folder while they are written.

``workspace`` watches the folder, ``rendering`` makes a mail of a template and a sample model, ``app`` has the pages and
``server`` brings them to the browser. They look like the inbox and isolate what they show as it does. Nothing here
knows of the emulator's state. May use ``inbox``, ``http`` and the template language.
"""

from __future__ import annotations

from .server import serve

__all__ = ["serve"]
