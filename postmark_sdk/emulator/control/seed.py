"""What a fresh emulator holds: an account, a server with its streams, and a few templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..endpoints.server import add_server
from ..state.records import ACCOUNT

if TYPE_CHECKING:
    from ..reference.problems import Json
    from ..state.state import State

SERVER_TOKEN = "emulator-server-token"  # noqa: S105 - opens nothing but this emulator
ACCOUNT_TOKEN = "emulator-account-token"  # noqa: S105 - opens nothing but this emulator


def seed(state: State) -> None:
    """Fill an empty store."""
    state.records.put("account", ACCOUNT, "account", {"Token": ACCOUNT_TOKEN})
    server = add_server(state, {"Name": "Emulator"}, token=SERVER_TOKEN)["ID"]
    for template in _TEMPLATES:
        number = state.records.next_number("template")
        document = {"TemplateId": number, **_EMPTY_TEMPLATE, **template, "AssociatedServerId": server}
        state.records.put("template", server, number, document)


_EMPTY_TEMPLATE: dict[str, Json] = {
    "Name": "",
    "Subject": None,
    "HtmlBody": None,
    "TextBody": None,
    "Active": True,
    "Alias": None,
    "TemplateType": "Standard",
    "LayoutTemplate": None,
}

_TEMPLATES: tuple[dict[str, Json], ...] = (
    {
        "Name": "Basic layout",
        "Alias": "basic-layout",
        "TemplateType": "Layout",
        "HtmlBody": (
            "<html><head><style>p { line-height: 1.5 }</style></head>"
            "<body>{{{ @content }}}<hr><p>{{product_name}}</p></body></html>"
        ),
        "TextBody": "{{{ @content }}}\n\n--\n{{product_name}}\n",
    },
    {
        "Name": "Welcome",
        "Alias": "welcome",
        "LayoutTemplate": "basic-layout",
        "Subject": "Welcome to {{product_name}}, {{name}}!",
        "HtmlBody": '<p>Hello {{name}},</p><p>your account is ready: <a href="{{action_url}}">sign in</a>.</p>',
        "TextBody": "Hello {{name}},\n\nyour account is ready: {{action_url}}",
    },
    {
        "Name": "Receipt",
        "Alias": "receipt",
        "Subject": "Your receipt {{receipt_id}}",
        "HtmlBody": (
            "<table>{{#each items}}<tr><td>{{description}}</td><td>{{amount}}</td></tr>{{/each}}</table>"
            "<p>Total {{total}}</p>"
        ),
        "TextBody": "{{#each items}}{{description}}: {{amount}}\n{{/each}}Total {{total}}",
    },
)
