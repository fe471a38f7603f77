"""One row for every operation: its public name, and what its parameters are called in Python.

The values come from the description's examples.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.description import Described, operations

if TYPE_CHECKING:
    from collections.abc import Mapping


class Row(NamedTuple):
    """``path`` are the wire names of the leading arguments; ``query`` is Python name -> wire name."""

    call: str
    path: tuple[str, ...] = ()
    query: Mapping[str, str] = MappingProxyType({})

    def arguments(self, described: Described) -> tuple[list[Any], dict[str, Any]]:
        """The positional and keyword arguments of a call with everything."""
        values = {parameter["name"]: parameter["example"] for parameter in described.parameters}
        return [values[name] for name in self.path], {name: values[wire] for name, wire in self.query.items()}


PAGE = {"count": "count", "offset": "offset"}
DAYS = {"from_date": "fromdate", "to_date": "todate"}
STATS = {"tag": "tag", **DAYS, "message_stream": "messagestream"}
READERS = {
    **PAGE,
    "recipient": "recipient",
    "tag": "tag",
    "client_name": "client_name",
    "client_company": "client_company",
    "client_family": "client_family",
    "os_name": "os_name",
    "os_family": "os_family",
    "os_company": "os_company",
    "platform": "platform",
    "country": "country",
    "region": "region",
    "city": "city",
    "message_stream": "messagestream",
}
TEMPLATE = ("template_id_or_alias",)
STREAM = ("stream_id",)
BOUNCE = ("bounce_id",)
MESSAGE = ("message_id",)
TRIGGER = ("trigger_id",)
SERVER = ("server_id",)
DOMAIN = ("domain_id",)
SIGNATURE = ("signature_id",)
WEBHOOK = ("webhook_id",)

ROWS = {
    "emails_send": Row("emails.send"),
    "emails_send_batch": Row("emails.send_batch"),
    "emails_send_with_template": Row("emails.send_with_template"),
    "emails_send_batch_with_templates": Row("emails.send_batch_with_templates"),
    "emails_send_bulk": Row("emails.send_bulk"),
    "emails_list_bulk": Row("emails.list_bulk", query={"count": "count", "pagination_key": "paginationKey"}),
    "emails_get_bulk": Row("emails.get_bulk", ("bulk_request_id",)),
    "templates_list": Row(
        "templates.list",
        query={
            "count": "Count",
            "offset": "Offset",
            "template_type": "TemplateType",
            "layout_template": "LayoutTemplate",
        },
    ),
    "templates_create": Row("templates.create"),
    "templates_get": Row("templates.get", TEMPLATE),
    "templates_update": Row("templates.update", TEMPLATE),
    "templates_delete": Row("templates.delete", TEMPLATE),
    "templates_validate": Row("templates.validate"),
    "templates_push": Row("templates.push"),
    "message_streams_list": Row(
        "message_streams.list",
        query={"message_stream_type": "MessageStreamType", "include_archived_streams": "IncludeArchivedStreams"},
    ),
    "message_streams_create": Row("message_streams.create"),
    "message_streams_get": Row("message_streams.get", STREAM),
    "message_streams_update": Row("message_streams.update", STREAM),
    "message_streams_archive": Row("message_streams.archive", STREAM),
    "message_streams_unarchive": Row("message_streams.unarchive", STREAM),
    "suppressions_list": Row(
        "suppressions.list",
        STREAM,
        {"suppression_reason": "SuppressionReason", "origin": "Origin", **DAYS, "email_address": "EmailAddress"},
    ),
    "suppressions_create": Row("suppressions.create", STREAM),
    "suppressions_delete": Row("suppressions.delete", STREAM),
    "data_removals_create": Row("data_removals.create"),
    "data_removals_get": Row("data_removals.get", ("data_removal_id",)),
    "bounces_get_delivery_stats": Row("bounces.get_delivery_stats"),
    "bounces_list": Row(
        "bounces.list",
        query={
            **PAGE,
            **DAYS,
            "type": "type",
            "inactive": "inactive",
            "email_filter": "emailFilter",
            "tag": "tag",
            "message_id": "messageID",
            "message_stream": "messagestream",
        },
    ),
    "bounces_list_tags": Row("bounces.list_tags"),
    "bounces_get": Row("bounces.get", BOUNCE),
    "bounces_get_dump": Row("bounces.get_dump", BOUNCE),
    "bounces_activate": Row("bounces.activate", BOUNCE),
    "outbound_list": Row(
        "outbound.list",
        query={
            **PAGE,
            **DAYS,
            "recipient": "recipient",
            "from_email": "fromemail",
            "tag": "tag",
            "status": "status",
            "subject": "subject",
            "metadata": "metadata",
            "message_stream": "messagestream",
        },
    ),
    "outbound_list_opens": Row("outbound.list_opens", query=READERS),
    "outbound_list_message_opens": Row("outbound.list_message_opens", MESSAGE, PAGE),
    "outbound_list_clicks": Row("outbound.list_clicks", query=READERS),
    "outbound_list_message_clicks": Row("outbound.list_message_clicks", MESSAGE, PAGE),
    "outbound_get": Row("outbound.get", MESSAGE),
    "outbound_get_dump": Row("outbound.get_dump", MESSAGE),
    "inbound_list": Row(
        "inbound.list",
        query={
            **PAGE,
            **DAYS,
            "recipient": "recipient",
            "from_email": "fromemail",
            "tag": "tag",
            "subject": "subject",
            "mailbox_hash": "mailboxhash",
            "status": "status",
        },
    ),
    "inbound_get": Row("inbound.get", MESSAGE),
    "inbound_bypass": Row("inbound.bypass", MESSAGE),
    "inbound_retry": Row("inbound.retry", MESSAGE),
    "inbound_rules_list": Row("inbound_rules.list", query=PAGE),
    "inbound_rules_create": Row("inbound_rules.create"),
    "inbound_rules_delete": Row("inbound_rules.delete", ("rule_id",)),
    "tag_triggers_list": Row("tag_triggers.list", query={**PAGE, "match_name": "match_name"}),
    "tag_triggers_create": Row("tag_triggers.create"),
    "tag_triggers_get": Row("tag_triggers.get", TRIGGER),
    "tag_triggers_update": Row("tag_triggers.update", TRIGGER),
    "tag_triggers_delete": Row("tag_triggers.delete", TRIGGER),
    "stats_overview": Row("stats.overview", query=STATS),
    "stats_sends": Row("stats.sends", query=STATS),
    "stats_bounces": Row("stats.bounces", query=STATS),
    "stats_spam": Row("stats.spam", query=STATS),
    "stats_tracked": Row("stats.tracked", query=STATS),
    "stats_opens": Row("stats.opens", query=STATS),
    "stats_open_platforms": Row("stats.open_platforms", query=STATS),
    "stats_open_email_clients": Row("stats.open_email_clients", query=STATS),
    "stats_open_read_times": Row("stats.open_read_times", query=STATS),
    "stats_clicks": Row("stats.clicks", query=STATS),
    "stats_click_browsers": Row("stats.click_browsers", query=STATS),
    "stats_click_platforms": Row("stats.click_platforms", query=STATS),
    "stats_click_locations": Row("stats.click_locations", query=STATS),
    "server_get": Row("server.get"),
    "server_update": Row("server.update"),
    "webhooks_list": Row("webhooks.list", query={"message_stream": "MessageStream"}),
    "webhooks_create": Row("webhooks.create"),
    "webhooks_get": Row("webhooks.get", WEBHOOK),
    "webhooks_update": Row("webhooks.update", WEBHOOK),
    "webhooks_delete": Row("webhooks.delete", WEBHOOK),
    "webhooks_verify": Row("webhooks.verify", WEBHOOK),
    "webhooks_get_statistics": Row("webhooks.get_statistics", WEBHOOK),
    "servers_list": Row("servers.list", query={**PAGE, "name": "name"}),
    "servers_create": Row("servers.create"),
    "servers_get": Row("servers.get", SERVER),
    "servers_update": Row("servers.update", SERVER),
    "servers_delete": Row("servers.delete", SERVER),
    "domains_list": Row("domains.list", query=PAGE),
    "domains_create": Row("domains.create"),
    "domains_get": Row("domains.get", DOMAIN),
    "domains_update": Row("domains.update", DOMAIN),
    "domains_delete": Row("domains.delete", DOMAIN),
    "domains_verify_dkim": Row("domains.verify_dkim", DOMAIN),
    "domains_verify_return_path": Row("domains.verify_return_path", DOMAIN),
    "domains_verify_spf": Row("domains.verify_spf", DOMAIN),
    "domains_rotate_dkim": Row("domains.rotate_dkim", DOMAIN),
    "sender_signatures_list": Row("sender_signatures.list", query=PAGE),
    "sender_signatures_create": Row("sender_signatures.create"),
    "sender_signatures_get": Row("sender_signatures.get", SIGNATURE),
    "sender_signatures_update": Row("sender_signatures.update", SIGNATURE),
    "sender_signatures_delete": Row("sender_signatures.delete", SIGNATURE),
    "sender_signatures_resend_confirmation": Row("sender_signatures.resend_confirmation", SIGNATURE),
    "sender_signatures_verify_spf": Row("sender_signatures.verify_spf", SIGNATURE),
    "sender_signatures_request_new_dkim": Row("sender_signatures.request_new_dkim", SIGNATURE),
}

CASES = [(name, example) for name, described in operations().items() for example in described.answer["examples"]]
