"""What a fresh emulator holds: an account, a server with its streams, and a few templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..state import dates
from ..state.records import ACCOUNT

if TYPE_CHECKING:
    from ..state.problems import Json
    from ..state.state import State

SERVER_TOKEN = "emulator-server-token"  # noqa: S105 - opens nothing but this emulator
ACCOUNT_TOKEN = "emulator-account-token"  # noqa: S105 - opens nothing but this emulator


def seed(state: State) -> None:
    """Fill an empty store."""
    state.records.put("account", ACCOUNT, "account", {"Token": ACCOUNT_TOKEN})
    add_server(state, {"Name": "Emulator"}, token=SERVER_TOKEN)
    for template in _TEMPLATES:
        number = state.records.next_number("template")
        document = {"TemplateId": number, **_EMPTY_TEMPLATE, **template, "AssociatedServerId": 1}
        state.records.put("template", 1, number, document)


def add_server(state: State, fields: dict[str, Json], token: str) -> dict[str, Json]:
    """A server with its three default streams."""
    number = state.records.next_number("server")
    hash_ = f"{number:032x}"
    document: dict[str, Json] = {
        "ID": number,
        "Name": "",
        "ApiTokens": [token],
        "Color": "blue",
        "SmtpApiActivated": True,
        "RawEmailEnabled": False,
        "DeliveryType": "Live",
        "ServerLink": f"https://account.postmarkapp.com/servers/{number}/streams",
        "InboundAddress": f"{hash_}@inbound.postmarkapp.com",
        "InboundHookUrl": "",
        "BounceHookUrl": "",
        "OpenHookUrl": "",
        "DeliveryHookUrl": "",
        "PostFirstOpenOnly": False,
        "InboundDomain": "",
        "InboundHash": hash_,
        "InboundSpamThreshold": 0,
        "TrackOpens": False,
        "TrackLinks": "None",
        "IncludeBounceContentInHook": False,
        "ClickHookUrl": "",
        "EnableSmtpApiErrorHooks": False,
        **fields,
    }
    state.records.put("server", ACCOUNT, number, document)
    for id_, name, type_, handling in _STREAMS:
        add_stream(state, number, {"ID": id_, "Name": name, "MessageStreamType": type_}, handling)
    return document


def add_stream(state: State, server: int, fields: dict[str, Json], handling: str) -> dict[str, Json]:
    """A stream that was just made."""
    stream: dict[str, Json] = {
        "ID": fields["ID"],
        "ServerID": server,
        "Name": fields["Name"],
        "Description": fields.get("Description"),
        "MessageStreamType": fields["MessageStreamType"],
        "CreatedAt": dates.eastern_seconds(state.clock.now()),
        "UpdatedAt": None,
        "ArchivedAt": None,
        "ExpectedPurgeDate": None,
        "SubscriptionManagementConfiguration": {"UnsubscribeHandlingType": handling},
    }
    return state.records.put("stream", server, stream["ID"], stream)


_STREAMS = (
    ("outbound", "Default Transactional Stream", "Transactional", "None"),
    ("inbound", "Default Inbound Stream", "Inbound", "None"),
    ("broadcast", "Default Broadcast Stream", "Broadcasts", "Postmark"),
)

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
