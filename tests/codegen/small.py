"""A description as small as the house rules allow, and ways to spoil it."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SMALL = """\
openapi: 3.1.1
info: {title: Small, version: "1"}
x-postmark-timeouts: {connect: 5, call: 30, batch: 120}
x-postmark-error-codes:
  "10": {status: [401], area: general, kind: authentication, repeat: never, meaning: Wrong token., hint: Send another.}
  "100": {status: [503], area: general, kind: server, repeat: later, meaning: Down., hint: Wait.}
  "101": {status: [500], area: general, kind: server, repeat: ambiguous, meaning: Fault., hint: Look first.}
tags:
  - {name: things, description: What there is.}
paths:
  /things/{thing_id}:
    get:
      operationId: things_get
      tags: [things]
      summary: Read one thing.
      description: As it is now.
      security: [{serverToken: []}]
      parameters:
        - {name: thing_id, in: path, required: true, description: Its id., schema: {type: integer}, example: 5}
      responses:
        "200":
          description: The thing.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
              examples: {one: {summary: One, value: {ID: 5, Name: Lamp}}}
      x-postmark-errors: []
      x-postmark-idempotent: true
      x-postmark-timeout: call
components:
  securitySchemes:
    serverToken: {type: apiKey, in: header, name: X-Postmark-Server-Token}
    accountToken: {type: apiKey, in: header, name: X-Postmark-Account-Token}
  schemas:
    Thing:
      description: One thing.
      type: object
      required: [ID]
      properties:
        ID: {type: integer, format: int64, description: Its id.}
        Name: {type: string, description: What people call it.}
"""

LISTED = SMALL.replace(
    "components:\n",
    """\
  /things:
    get:
      operationId: things_list
      tags: [things]
      summary: List the things.
      description: Page by page.
      security: [{serverToken: []}]
      parameters:
        - {name: count, in: query, description: 1 to 2., schema: {type: integer, default: 2}, example: 2}
        - {name: offset, in: query, description: From 0., schema: {type: integer, default: 0}, example: 0}
      responses:
        "200":
          description: A page.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/ThingPage"}
              examples: {one: {summary: One, value: {TotalCount: 1, Things: [{ID: 5}]}}}
      x-postmark-errors: []
      x-postmark-idempotent: true
      x-postmark-timeout: call
      x-postmark-pagination: {items: Things, total: TotalCount, max_page: 2}
    post:
      operationId: things_create
      tags: [things]
      summary: Add a thing.
      description: With a name.
      security: [{accountToken: []}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/ThingCreate"}
            examples: {lamp: {summary: A lamp, value: {Name: Lamp, Class: light}}}
      responses:
        "200":
          description: The thing.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Thing"}
              examples: {one: {summary: One, value: {ID: 5, Name: Lamp}}}
      x-postmark-errors: []
      x-postmark-idempotent: false
      x-postmark-timeout: call
components:
""",
).replace(
    "    Thing:\n",
    """\
    ThingPage:
      description: Some things.
      type: object
      properties:
        TotalCount: {type: integer, description: All of them.}
        Things: {type: array, description: Those of the page., items: {$ref: "#/components/schemas/Thing"}}
    ThingCreate:
      description: A new thing.
      type: object
      required: [Name]
      properties:
        Name: {type: string, maxLength: 5, description: Up to 5 characters.}
        Class: {type: string, description: What kind it is.}
        Made: {type: string, format: date-time, description: When.}
    Thing:
""",
)


def generate(folder: Path, text: str, output: Path, *options: str) -> tuple[int, str]:
    """Run the command on a description; its exit status, and what it said of problems."""
    from codegen.__main__ import main

    spec = folder / "small.yaml"
    spec.write_text(text, encoding="utf-8")
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        status = main(
            [
                *(options or ("generate",)),
                *("--spec", str(spec)),
                *("--output", str(output)),
                *("--emulator-copy", str(folder / "description.json")),
            ]
        )
    return status, said.getvalue()
