"""What Django sends arrives as it would by SMTP, or its sender learns why not.

From Django 6.1 on, texts end with a line break.
"""

from __future__ import annotations

import copy
import json
import logging
import pickle
import re
import smtplib
import warnings
from email.charset import Charset
from email.message import MIMEPart
from email.mime.image import MIMEImage
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import httpx
import pytest

pytest.importorskip("django", reason="Django is not installed")
pytest.importorskip("starlette", reason="the emulator needs its extra")

from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.utils.functional import lazystr
from django.utils.log import AdminEmailHandler
from django.utils.module_loading import import_string

from postmark_sdk import (
    Attachment,
    AuthenticationError,
    ConfigurationError,
    Guard,
    GuardError,
    InactiveRecipientError,
    InvalidMessageError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    TransportError,
)
from postmark_sdk.integrations.django import (
    EmailBackend,
    InvalidOptionsError,
    NotAllSentError,
)
from postmark_sdk.integrations.django._clients import _MOST, _clients, client_with
from postmark_sdk.integrations.django._messages import mail_of
from postmark_sdk.integrations.django._smtp import known_to_queues
from postmark_sdk.models import Header
from tests.integrations.django.project import BACKEND, VERSION, backend, message, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from postmark_sdk.testing import TestEmulator

pytestmark = pytest.mark.usefixtures("project")
PNG = b"\x89PNG\r\n\x1a\n"


def logo() -> Any:
    """An inline image as this version of Django takes it."""
    if VERSION < (6, 0):
        image = MIMEImage(PNG, "png")
        image.add_header("Content-ID", "<logo>")
        image.add_header("Content-Disposition", "inline", filename="logo.png")
        return image
    part = MIMEPart()
    part.set_content(PNG, "image", "png", disposition="inline", filename="logo.png", cid="<logo>")
    return part


# --- what arrives ---------------------------------------------------------------------------------------------------


def test_a_mail_of_send_mail_arrives(postmark: TestEmulator) -> None:
    subject = lazystr("Grüße")
    assert mail.send_mail(subject, "Hello.", None, ["Ann Ö <ann@exämple.org>"], html_message="<p>Hello.</p>") == 1
    sent: Any = postmark.outbox.one()
    assert (sent.subject, sent.text_body.rstrip(), sent.html_body.rstrip()) == ("Grüße", "Hello.", "<p>Hello.</p>")
    assert sent.from_ == "shop@example.com"
    assert sent.recipients == ["ann@xn--exmple-cua.org"]


def test_everything_a_message_can_hold_arrives(postmark: TestEmulator) -> None:
    sent = message(
        cc=["cc@example.org"],
        bcc=["bcc@example.org", "Second <second@example.org>"],
        reply_to=["help@example.com"],
        from_email='"Shop, Orders" <shop@example.com>',
        headers={
            "X-Order": "4711",
            "X-PM-Tag": "order",
            "X-PM-Metadata-order": "4711",
            "X-PM-Message-Stream": "outbound",
        },
    )
    sent.attach_alternative('<img src="cid:logo">', "text/html")
    sent.attach("invoice.txt", "Ünpaid", "text/plain")
    sent.attach("invoice.pdf", b"%PDF-1.7", "application/pdf")
    sent.attach(logo())
    assert sent.send() == 1
    got = postmark.outbox.one(tag="order", metadata={"order": "4711"})
    assert sorted(got.recipients) == ["ann@example.org", "bcc@example.org", "cc@example.org", "second@example.org"]
    assert got.from_ == '"Shop, Orders" <shop@example.com>'
    assert got.reply_to == "help@example.com"
    assert [(each.name, each.content.rstrip()) for each in got.attachments][:2] == [
        ("invoice.txt", "Ünpaid".encode()),
        ("invoice.pdf", b"%PDF-1.7"),
    ]
    assert (got.attachments[2].name, got.attachments[2].content_id) == ("logo.png", "cid:logo")
    assert got.headers == [("X-Order", "4711")]
    assert sent.postmark_message_id == got.message_id


@pytest.mark.parametrize("charset", [None, "latin-1", Charset("utf-8")])
def test_attached_texts_arrive_byte_for_byte(postmark: TestEmulator, charset: Any) -> None:
    if VERSION >= (6, 0) and isinstance(charset, Charset):
        pytest.skip("a charset is text by then")
    texts = ["no end", "a\r\nb\r\n", "ü\nö\n", "\n", "a\rb\n\r\n", "x" * 3000]
    sent = message()
    sent.encoding = charset
    for text in texts:
        sent.attach("same.csv", text, "text/csv")
    sent.attach("bytes.csv", b"a\r\nb", "text/csv")
    sent.attach(None, "nameless", "text/csv")
    sent.attach("not-utf-8.txt", b"\xff\r\n")
    sent.send()
    files = postmark.outbox.one().attachments
    encoded = [text.encode(str(charset or "utf-8")) for text in texts]
    assert [file.content for file in files] == [*encoded, b"a\r\nb", b"nameless", b"\xff\r\n"]


def test_an_empty_file_is_named_before_postmark_refuses_the_mail(postmark: TestEmulator) -> None:
    sent = message()
    sent.attach("errors.log", "", "text/plain")
    with pytest.raises(InvalidMessageError, match=r"attachments\[0\]\.content: the file 'errors.log' is empty"):
        sent.send()
    assert len(postmark.outbox) == 0


def test_an_invitation_stays_one(postmark: TestEmulator) -> None:
    sent = message()
    sent.attach("invite.ics", "BEGIN:VCALENDAR\r\n", "text/calendar; method=REQUEST")
    sent.send()
    (file,) = postmark.outbox.one().attachments
    assert file.content_type == "text/calendar; method=REQUEST; charset=utf-8"


def test_further_fields_of_postmark_can_be_said(postmark: TestEmulator) -> None:
    said = message()
    said.postmark = {"tag": "order", "track_links": "HtmlOnly", "metadata": {"order": "4711"}}
    said.send()
    assert postmark.outbox.one(tag="order", metadata={"order": "4711"}).subject == "Your order"


@pytest.mark.parametrize(
    ("headers", "metadata"),
    [
        ({"X-Own": "1"}, {"campaign": "x"}),
        ([("X-Own", "1")], [("campaign", "x")]),
        ([{"Name": "X-Own", "Value": "1"}], [["campaign", "x"]]),
        ([{"name": "X-Own", "value": "1"}], MappingProxyType({"campaign": "x"})),
        ([Header(name="X-Own", value="1")], (("campaign", "x"),)),
    ],
)
@pytest.mark.parametrize("spelled", [str.lower, str.title])
def test_what_is_said_for_postmark_costs_nothing_of_the_message(
    postmark: TestEmulator, headers: Any, metadata: Any, spelled: Callable[[str], str]
) -> None:
    said = message(headers={"List-Unsubscribe": "<https://example.com/u>", "X-PM-Metadata-order": "4711"})
    said.attach("invoice.pdf", b"%PDF", "application/pdf")
    terms = {"Name": "terms.txt", "Content": "dA==", "ContentType": "text/plain"}
    more = {"headers": headers, "metadata": metadata, "attachments": [terms]}
    said.postmark = {spelled(name): value for name, value in more.items()}
    said.send()
    sent = postmark.outbox.one(metadata={"order": "4711", "campaign": "x"})
    assert sent.headers == [("List-Unsubscribe", "<https://example.com/u>"), ("X-Own", "1")]
    assert [file.name for file in sent.attachments] == ["invoice.pdf", "terms.txt"]


def test_what_is_said_for_postmark_wins(postmark: TestEmulator) -> None:
    said = message(headers={"X-Own": "1", "X-PM-Metadata-order": "4711", "X-PM-Tag": "order"})
    said.postmark = {"Subject": "Another", "headers": {"x-own": "2"}, "metadata": {"Order": "2"}, "tag": "other"}
    said.send()
    sent = postmark.outbox.one(subject="Another", tag="other", metadata={"Order": "2"})
    assert sent.headers == [("x-own", "2")]
    assert said.postmark["headers"] == {"x-own": "2"}


def test_lazy_texts_are_read_when_the_mail_is_sent(postmark: TestEmulator) -> None:
    said = message()
    to = (lazystr("Ann"), "other@example.org")
    said.postmark = {
        "to": to,
        "tag": lazystr("order"),
        "metadata": {"name": lazystr("Ö")},
        "headers": [("X-A", lazystr("1"))],
    }
    said.send()
    sent = postmark.outbox.one(tag="order", metadata={"name": "Ö"})
    assert (sent.to, sent.headers) == (["Ann <other@example.org>"], [("X-A", "1")])
    templated: Any = mail.EmailMessage(to=["ann@example.org"])
    model = {"name": lazystr("Ann"), "product_name": lazystr("Shop"), "steps": [lazystr("one")]}
    templated.postmark = {"template_alias": "welcome", "template_model": model}
    templated.send()
    assert postmark.outbox.one(template_alias="welcome").subject == "Welcome to Shop, Ann!"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"metadata": [{"Name": "order", "Value": "4711"}]}, "metadata"),
        ({"metadata": "order"}, "metadata"),
        ({"headers": "X-Own: 1"}, "headers"),
        ({"headers": [5]}, "headers"),
        ({"attachments": Attachment.from_bytes(b"t", "terms.txt")}, "attachments"),
        ({"attachments": 5}, "attachments"),
        ({"metadata": {"a": "1"}, "Metadata": {"b": "2"}}, "postmark.metadata: given twice"),
        ({"metdata": {"a": "1"}}, r"messages\[0\]\.postmark\.metdata: .*did you mean 'metadata'"),
        ("order", r"messages\[0\]\.postmark: a str; it takes a dict"),
        (["order"], r"messages\[0\]\.postmark: a list; it takes a dict"),
    ],
)
def test_what_cannot_be_read_is_named(postmark: TestEmulator, more: Any, field: str) -> None:
    odd = message(headers={"X-Order": "4711", "X-PM-Metadata-order": "4711"})
    odd.attach("invoice.pdf", b"%PDF", "application/pdf")
    odd.postmark = more
    with pytest.raises(InvalidMessageError, match=field):
        odd.send()
    assert not postmark.outbox


@pytest.mark.parametrize("count", [1, 2])
def test_a_template_can_be_named(postmark: TestEmulator, count: int) -> None:
    postmark.client.templates.create(name="Hi", alias="hi", subject="Hi {{name}}", text_body="Dear {{name}}.")
    templated: Any = mail.EmailMessage(to=["ann@example.org"])
    templated.postmark = {"template_alias": "hi", "template_model": {"name": "Ann"}}
    others = [message() for _ in range(count - 1)]
    assert backend(postmark).send_messages([templated, *others]) == count
    assert postmark.outbox.one(subject="Hi Ann").text_body == "Dear Ann."


def test_a_template_allows_no_other_text(postmark: TestEmulator) -> None:
    odd = message()
    odd.postmark = {"template_alias": "welcome", "template_model": {}}
    with pytest.raises(InvalidMessageError, match="leave subject and body of the message empty") as caught:
        odd.send()
    assert [problem.field for problem in caught.value.problems] == ["messages[0].subject", "messages[0].text_body"]
    assert not postmark.outbox


def test_many_go_in_one_call(postmark: TestEmulator) -> None:
    messages = [message(f"r{number}@example.org") for number in range(30)]
    assert backend(postmark).send_messages([*messages, mail.EmailMessage("Nobody", "reads this")]) == 30
    assert {each.message_id for each in postmark.outbox} == {each.postmark_message_id for each in messages}


def test_nothing_to_send_is_no_error(postmark: TestEmulator) -> None:
    assert backend(postmark).send_messages([]) == 0
    assert mail.EmailMessage("Nobody", "reads this").send() == 0
    assert not postmark.outbox


# --- what does not --------------------------------------------------------------------------------------------------


def test_a_mail_that_postmark_refuses_raises(postmark: TestEmulator) -> None:
    postmark.client.suppressions.create("outbound", suppressions=[{"email_address": "gone@example.org"}])
    with pytest.raises(InactiveRecipientError):
        message("gone@example.org").send()
    assert backend(postmark, fail_silently=True).send_messages([message("gone@example.org")]) == 0


def test_of_several_the_others_arrive(postmark: TestEmulator) -> None:
    def three() -> list[Any]:
        return [message(), message("not an address"), message("b@example.org")]

    messages = three()
    with pytest.raises(NotAllSentError, match=r"1 of 3 .*report\.refused") as caught:
        backend(postmark).send_messages(messages)
    assert [outcome.status for outcome in caught.value.report] == ["accepted", "refused", "accepted"]
    assert "address" not in repr(caught.value)
    for again in (pickle.loads(pickle.dumps(caught.value)), copy.deepcopy(caught.value)):  # noqa: S301 - our own
        assert (type(again), repr(again), str(again)) == (NotAllSentError, repr(caught.value), str(caught.value))
        assert [outcome.status for outcome in again.report] == ["accepted", "refused", "accepted"]
    assert [each.message_id for each in postmark.outbox] == [
        messages[0].postmark_message_id,
        messages[2].postmark_message_id,
    ]
    assert backend(postmark, fail_silently=True).send_messages(three()) == 2


def test_a_send_of_unknown_outcome_says_so_and_is_not_repeated(postmark: TestEmulator) -> None:
    postmark.fail_next(kind="cut", processed=True)
    with pytest.raises(OutcomeUnknownError):
        message().send()
    assert len(postmark.outbox) == 1
    postmark.fail_next(kind="cut", processed=True)
    assert backend(postmark, fail_silently=True).send_messages([message(), message()]) == 0
    assert len(postmark.outbox) == 3


def test_mails_about_mails_come_to_an_end(
    postmark: TestEmulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    admins = ["admin@example.org"] if VERSION >= (6, 0) else [("Admin", "admin@example.org")]
    handler = AdminEmailHandler()
    logs = [logging.getLogger(name) for name in ("shop", "postmark_sdk")]  # not the emulator's, in its thread
    for log in logs:
        monkeypatch.setattr(log, "handlers", [handler])
        caplog.set_level(logging.DEBUG, log.name)
    with override_settings(ADMINS=admins, SERVER_EMAIL="root@example.com", SECRET_KEY="key-for-tests"):
        logs[0].error("First")
        message().send()
        postmark.fail_next(kind="rate_limit")
        with settings_of(server_token=postmark.server_token, base_url=postmark.base_url):
            message().send()
        logs[0].error("Last")
    subjects = [str(each.subject) for each in postmark.outbox]
    about_mails = [subject for subject in subjects if "emails.send: " in subject]
    assert [subject for subject in subjects if subject not in about_mails] == [
        "[Django] ERROR: First",
        "Your order",
        "Your order",
        "[Django] ERROR: Last",
    ]
    assert len(about_mails) == 6, "one for each try of these four, one for the pause between two"


def test_lazy_texts_and_long_names_arrive_whole(postmark: TestEmulator) -> None:
    name = "Gesellschaft für außergewöhnliche Überraschungen und Großveranstaltungen Straße"
    sent = mail.EmailMessage("Files", "Here.", to=[f"{name} <ann@example.org>"])
    text = "a\r\nb\r\n"
    sent.attach("a.csv", lazystr(text) if VERSION < (6, 0) else text, "text/csv")  # later ones take none themselves
    assert sent.send() == 1
    got = postmark.outbox.one()
    assert got.to == [f"{name} <ann@example.org>"]
    assert got.attachments[0].content == text.encode()


def test_a_recipient_that_reads_as_a_comment_is_refused(postmark: TestEmulator) -> None:
    with pytest.raises(InvalidMessageError, match="cc"):
        message(cc=[("Ann", "ann@example.org")]).send()
    assert not postmark.outbox


def test_no_client_of_ones_own_is_none(postmark: TestEmulator) -> None:
    assert backend(postmark, http_client=None).send_messages([message()]) == 1


@pytest.mark.parametrize("name", ["To", "cc"])
def test_shown_recipients_that_are_not_the_real_ones_are_refused(postmark: TestEmulator, name: str) -> None:
    odd = message(headers={name: "all@example.org"})
    with pytest.raises(
        InvalidMessageError, match=rf"messages\[1\]\.extra_headers\['{name.lower()}'\]: .*{name.lower()}="
    ):
        backend(postmark, fail_silently=True).send_messages([message(), odd])
    assert not postmark.outbox


def test_other_recipients_than_the_shown_ones_are_refused(postmark: TestEmulator) -> None:
    class ToDeveloper(mail.EmailMessage):  # type: ignore[misc]  # Django has no types of its own
        def recipients(self) -> list[str]:
            return ["dev@example.com"]

    class Once(mail.EmailMessage):  # type: ignore[misc]  # likewise
        def recipients(self) -> list[str]:
            return [*dict.fromkeys(super().recipients())]

    with pytest.raises(InvalidMessageError, match=r"messages\[0\]\.recipients\(\): .*Guard\(redirect_to=") as caught:
        ToDeveloper(to=["ann@example.org"], body="Hello.").send()
    assert "@" not in str(caught.value)
    assert not postmark.outbox
    assert Once(to=["ann@example.org", "", "ann@example.org"], body="Hello.").send() == 1


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("tags", ["order"], "{'tag': ...}"),
        ("metadata", {"order": "4711"}, "{'metadata': ...}"),
        ("template_id", "welcome", "'template_alias'"),
        ("merge_global_data", {"name": "Ann"}, "{'template_model': ...}"),
        ("merge_data", {"ann@example.org": {"name": "Ann"}}, "{'merge_data': ...}"),
        ("track_opens", False, "{'track_opens': ...}"),
        ("track_clicks", True, "{'track_links': ...}"),
        ("esp_extra", {"Tag": "order"}, "a dict of fields"),
        ("send_at", 1_800_000_000, "nothing"),
    ],
)
def test_what_anymail_would_read_is_refused(postmark: TestEmulator, name: str, value: Any, instead: str) -> None:
    moved = message()
    setattr(moved, name, value)
    with pytest.raises(InvalidMessageError, match=rf"messages\[0\]\.{name}: django-anymail's.*{re.escape(instead)}"):
        moved.send()
    assert not postmark.outbox
    nothing: tuple[Any, ...] = (None, "", [], {}, type("UNSET", (), {}), moved.recipients)
    for each in nothing:
        setattr(moved, name, each)
        assert moved.send() == 1


def test_a_header_that_says_nothing_sensible_is_named(postmark: TestEmulator) -> None:
    odd = message(headers={"X-PM-TrackOpens": "perhaps"})
    odd.postmark = {"tag": "order"}
    with pytest.raises(InvalidMessageError, match="track_opens"):
        odd.send()
    assert not postmark.outbox


# --- settings -------------------------------------------------------------------------------------------------------


def test_connections_are_shared_and_options_are_not(postmark: TestEmulator) -> None:
    one, other = (
        client_with({"server_token": token, "base_url": postmark.base_url}) for token in ("one-token", "another-token")
    )
    assert one._link._shared is other._link._shared
    assert one._link.settings.server_token != other._link.settings.server_token


def test_the_environment_is_read_when_a_mail_is_sent(postmark: TestEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in postmark.variables.items():
        monkeypatch.setenv(name, value)
    with settings_of():
        sender = EmailBackend()
        assert sender.send_messages([message()]) == 1
        with type(postmark)() as another:
            assert (sender.send_messages([message()]), mail.send_mail("Hi", "Hello.", None, ["a@example.org"])) == (
                1,
                1,
            )
            assert (len(postmark.outbox), len(another.outbox)) == (1, 2)
        monkeypatch.setenv("POSTMARK_ALLOW_RECIPIENTS", "*@example.com")
        with pytest.raises(GuardError):
            sender.send_messages([message()])
        monkeypatch.delenv("POSTMARK_ALLOW_RECIPIENTS")
        monkeypatch.setenv("POSTMARK_SERVER_TOKEN", "another-wrong-token-for-tests")
        with pytest.raises(AuthenticationError):
            message().send()
    assert len(postmark.outbox) == 1


def test_few_clients_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    first = client_with({})
    for number in range(2 * _MOST):
        monkeypatch.setenv("POSTMARK_REDIRECT_TO", f"dev-{number}@example.com")
        client_with({})
    assert len(_clients) == _MOST
    assert first._link._shared.closed


def test_an_http_client_of_the_settings_is_used(postmark: TestEmulator) -> None:
    seen: list[str] = []
    hooks: Any = {"request": [lambda request: seen.append(request.url.path)]}
    with httpx.Client(event_hooks=hooks) as http_client:
        for _ in range(2):
            assert backend(postmark, http_client=http_client).send_messages([message()]) == 1
    assert seen == ["/email", "/email"]


def test_a_guard_of_the_settings_keeps_strangers_out(postmark: TestEmulator) -> None:
    guarded = settings_of(
        server_token=postmark.server_token, base_url=postmark.base_url, guard=Guard(allow=["*@example.com"])
    )
    with guarded, pytest.raises(GuardError):
        message().send()
    assert not postmark.outbox


def test_a_password_is_a_server_token_as_for_smtp(postmark: TestEmulator) -> None:
    def sender(password: str) -> EmailBackend:
        return EmailBackend(base_url=postmark.base_url, username="anything", password=password)

    with override_settings(POSTMARK={"server_token": "wrong-token-for-tests"}):
        assert sender(postmark.server_token).send_messages([message()]) == 1
        with pytest.raises(AuthenticationError):
            sender("another-wrong-token-for-tests").send_messages([message()])


def test_arguments_of_a_call_are_taken_beside_the_settings(postmark: TestEmulator) -> None:
    postmark.client.suppressions.create("outbound", suppressions=[{"email_address": "gone@example.org"}])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Django 6.1 would rather have them in MAILERS
        assert message("gone@example.org").send(fail_silently=True) == 0
        assert mail.get_connection(fail_silently=True, timeout=60).send_messages([message()]) == 1
        assert mail.send_mail("Hi", "Hello.", None, ["ann@example.org"], auth_password=postmark.server_token) == 1
        with pytest.raises(AuthenticationError):
            mail.send_mail("Hi", "Hello.", None, ["ann@example.org"], auth_password="another-wrong-token-for-tests")
    assert len(postmark.outbox) == 2


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"retries": -1}, "retries: it takes"),
        ({"bulk": "yes"}, "bulk: a str; it takes True or False"),
        ({"timout": 3}, "PostmarkClient has no argument 'timout'; did you mean 'timeout'"),
        ({"SERVER_TOKEN": "token-for-tests"}, "has no argument 'SERVER_TOKEN'; did you mean 'server_token'"),
        ({"host": "smtp.example.com"}, "has no argument 'host'; it has server_token, "),
    ],
)
def test_a_wrong_option_is_named(given: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigurationError, match=text):
        EmailBackend(**given)
    with settings_of(**given), pytest.raises(ConfigurationError, match=text):
        message().send()
    with override_settings(POSTMARK=given), pytest.raises(ConfigurationError, match=text):
        EmailBackend()


@pytest.mark.parametrize(
    ("settings", "arguments", "source"),
    [
        ({"timout": 3}, {}, "POSTMARK in the settings"),
        ({}, {"alias": "default", "timout": 3}, "OPTIONS of the mailer 'default'"),
        ({}, {"timout": 3}, "EmailBackend"),
    ],
)
def test_it_is_said_where_a_wrong_option_stands(settings: Any, arguments: Any, source: str) -> None:
    with override_settings(POSTMARK=settings), pytest.raises(ConfigurationError, match=f"{source}: .*'timout'"):
        EmailBackend(**arguments)


@pytest.mark.parametrize("given", [None, "token-for-tests", ["token-for-tests"]])
def test_settings_that_are_no_dict_are_refused(given: Any) -> None:
    text = rf"^POSTMARK in the settings: a {type(given).__name__}; it takes a dict"
    with override_settings(POSTMARK=given), pytest.raises(ConfigurationError, match=text):
        EmailBackend()


def test_its_page_says_how(postmark: TestEmulator) -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto" / "django.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```py\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    in_settings = next(block for block in blocks if "EMAIL_BACKEND" in block)
    in_code = next(block for block in blocks if "message.send()" in block)
    written: dict[str, Any] = {}
    exec(in_settings, written)  # noqa: S102 - our own text
    assert written["EMAIL_BACKEND"] == BACKEND
    options = {**written["POSTMARK"], "server_token": postmark.server_token, "base_url": postmark.base_url}
    with settings_of(**options), override_settings(DEFAULT_FROM_EMAIL=written["DEFAULT_FROM_EMAIL"]):
        exec(in_code, {})  # noqa: S102 - our own text
    assert postmark.outbox.one(tag="order", metadata={"order": "4711"}).from_ == "Example Shop <shop@example.com>"
    assert not postmark.outbox.find(to="stranger@example.net")


def test_where_nobody_listens_nothing_was_sent() -> None:
    sender = EmailBackend(server_token="token-for-tests", base_url="http://127.0.0.1:1", retries=0)
    with sender, pytest.raises(TransportError):
        sender.send_messages([message()])


# --- what Postmark has no place for, and what it shows ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("reply-to", r"reply_to=\[\.\.\.\]"),
        ("REPLY-TO", r"reply_to=\[\.\.\.\]"),
        ("from", "from_email="),
        ("subject", "subject="),
        ("Sender", "leave it out"),
        ("return-path", "leave it out"),
        ("Received", "leave it out"),
        ("Content-Type", "leave it out"),
        ("DKIM-Signature", "leave it out"),
    ],
)
def test_headers_that_would_be_lost_or_refused_are_named(postmark: TestEmulator, name: str, advice: str) -> None:
    with pytest.raises(InvalidMessageError, match=rf"extra_headers\['{name.lower()}'\]: .*{advice}"):
        message(headers={name: "x@example.org"}).send()
    assert not postmark.outbox


def test_what_django_reads_among_the_headers_arrives_in_its_place(postmark: TestEmulator) -> None:
    headers = {"Reply-To": "Desk (24/7) <desk@example.com>", "From": "Shop (Berlin) <shop@example.com>", "Date": "x"}
    message(headers=headers, reply_to=["other@example.com"]).send()
    got: Any = postmark.outbox.one()
    assert (got.reply_to, got.from_) == ('"Desk (24/7)" <desk@example.com>', '"Shop (Berlin)" <shop@example.com>')
    assert "Date" not in got.headers


@pytest.mark.parametrize("kind", ["text/x-amp-html", "text/html; charset=utf-8", "text/plain", "image/png"])
def test_a_further_form_of_the_text_is_named(postmark: TestEmulator, kind: str) -> None:
    sent = message()
    sent.attach_alternative("<p>It has left.</p>", "text/html")
    sent.attach_alternative("another", kind)
    with pytest.raises(InvalidMessageError, match=r"messages\[0\]\.alternatives\[1\]: a further form"):
        sent.send()
    assert not postmark.outbox


@pytest.mark.parametrize("kind", ["markdown", "x-amp-html", "calendar"])
@pytest.mark.parametrize("page", ["<p>It has left.</p>", None])
def test_a_body_that_is_neither_text_nor_html_is_named(postmark: TestEmulator, kind: str, page: str | None) -> None:
    sent = message()
    sent.content_subtype = kind
    if page is not None:
        sent.attach_alternative(page, "text/html")
    with pytest.raises(InvalidMessageError, match=rf"messages\[0\]\.content_subtype: text/{kind}; Postmark takes"):
        sent.send()
    assert not postmark.outbox


def test_an_invitation_among_the_forms_is_a_file(postmark: TestEmulator) -> None:
    sent = message()
    sent.attach_alternative("BEGIN:VCALENDAR", "text/calendar; method=REQUEST" if VERSION < (6, 0) else "text/calendar")
    sent.send()
    (file,) = postmark.outbox.one().attachments
    assert file.name == "part-1.ics"


@pytest.mark.parametrize(
    ("page", "own", "shown"),
    [
        ('<img src="cid:logo">', {}, True),
        ("<p>no picture</p>", {}, False),
        ("<p>no picture</p>", {"html_body": '<img src="cid:logo">'}, True),
        ('<img src="cid:logo">', {"html_body": "<p>no picture</p>"}, False),
    ],
)
def test_a_picture_is_inline_where_the_html_shows_it(
    postmark: TestEmulator, page: str, own: dict[str, Any], *, shown: bool
) -> None:
    sent = message()
    sent.attach_alternative(page, "text/html")
    sent.attach(logo())
    sent.postmark = own
    sent.send()
    (file,) = postmark.outbox.one().attachments
    assert file.content_id == ("cid:logo" if shown else None)


def test_a_picture_of_a_template_stays_inline() -> None:
    sent: Any = mail.EmailMessage(to=["ann@example.org"])
    sent.attach(logo())
    sent.attach("a.txt", "x", "text/plain")
    sent.postmark = {"template_alias": "welcome", "template_model": {}}
    made: Any = mail_of(sent, sent.postmark, "messages[0]")
    assert [file.content_id for file in made.attachments] == ["cid:logo", None]


# --- queues ---------------------------------------------------------------------------------------------------------

CALL: dict[str, Any] = {"operation": "emails.send", "method": "POST", "path": "/email"}
# What django-mailer puts aside before it goes on with the next mail; at all else it stops.
PUT_ASIDE = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPDataError,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    OSError,
)


@pytest.mark.parametrize(
    ("error", "known"),
    [
        (InactiveRecipientError("no", status_code=422, error_code=406, **CALL), smtplib.SMTPRecipientsRefused),
        (GuardError("to: no"), smtplib.SMTPRecipientsRefused),
        (InvalidMessageError("to: no"), smtplib.SMTPDataError),
        (InvalidRequestError("no", status_code=422, error_code=300, **CALL), smtplib.SMTPDataError),
        (NotFoundError("no", status_code=422, error_code=1101, **CALL), smtplib.SMTPDataError),
        (AuthenticationError("no", status_code=401, error_code=10, **CALL), smtplib.SMTPAuthenticationError),
        (RateLimitError("no", status_code=429, error_code=None, **CALL), smtplib.SMTPDataError),
        (TransportError("no", **CALL), smtplib.SMTPServerDisconnected),
    ],
)
def test_a_queue_goes_on_behind_what_was_not_sent(error: Any, known: type[Exception]) -> None:
    error.__cause__ = KeyError("why")
    found: Any = known_to_queues(error)
    assert {known, type(error)} < set(type(found).__mro__)
    assert any(kind in type(found).__mro__ for kind in PUT_ASIDE)
    assert (str(found), repr(found), found.__cause__) == (str(error), repr(error), error.__cause__)
    again: Any = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own
    assert (type(again), str(again), again.__dict__) == (type(found), str(found), found.__dict__)
    assert import_string(f"{type(found).__module__}.{type(found).__qualname__}") is type(error)
    same: Any = known_to_queues(found)
    assert same is found


@pytest.mark.parametrize("error", [OutcomeUnknownError("lost", **CALL), ConfigurationError("no token")])
def test_a_queue_stops_at_what_it_must_not_send_again_or_never_can(error: Any) -> None:
    assert known_to_queues(error) is error


def test_a_refused_mail_is_put_aside_and_the_next_one_sent(postmark: TestEmulator) -> None:
    aside = []
    for address in ("ann@example.org", "refused@example.org", "not an address", "bert@example.org"):
        if address.startswith("refused"):
            postmark.client.suppressions.create("outbound", [address])
        try:
            message(to=address).send()
        except PUT_ASIDE as error:
            aside.append((type(error).__name__, getattr(error, "recipients", None), getattr(error, "smtp_code", None)))
    assert [one.to for one in postmark.outbox] == [["ann@example.org"], ["bert@example.org"]]
    assert [name for name, _, _ in aside] == ["InactiveRecipientError", "InvalidMessageError"]
    assert list(aside[0][1] or ()) == ["refused@example.org"]
    assert aside[1][2] == 550


def test_what_a_message_says_for_postmark_survives_a_queue_that_copies_attributes(postmark: TestEmulator) -> None:
    """As django-celery-email does with those that its setting names, as JSON."""
    first = message(to="ann@example.org")
    first.postmark = {"tag": "order", "metadata": {"order": "4711"}}
    second = message(to="ann@example.org")
    second.postmark = json.loads(json.dumps(first.postmark))
    second.send()
    assert (postmark.outbox[0].tag, postmark.outbox[0].metadata) == ("order", {"order": "4711"})


def test_a_wrong_option_is_what_django_says_of_its_own() -> None:
    kind: Any = getattr(mail, "InvalidMailer", ImproperlyConfigured)
    with pytest.raises(kind, match="has no argument 'timout'") as caught:
        EmailBackend(alias="default", timout=3)
    assert isinstance(caught.value, InvalidOptionsError | ImproperlyConfigured)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - our own
