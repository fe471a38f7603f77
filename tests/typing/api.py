"""The package as a user types it. Checked by mypy and pyright in strict mode, never run."""

from __future__ import annotations

import datetime as _dt
from collections.abc import AsyncIterator, Iterator
from email.headerregistry import Address

import attrs
import httpx
from typing_extensions import assert_type

import postmark_sdk
from postmark_sdk import (
    APIError,
    APIResponse,
    AsyncPostmarkClient,
    Attachment,
    Email,
    InactiveRecipientError,
    InvalidMessageError,
    MessageRef,
    MessageResult,
    OutcomeUnknownError,
    PostmarkClient,
    PostmarkError,
    Problem,
    RateLimitError,
    RawResponse,
    Resolution,
    ResumePoint,
    SendReport,
    SendResult,
    TemplatedEmail,
    TypedTemplate,
    converter,
    with_response,
)
from postmark_sdk.models import (
    Bounce,
    BouncePage,
    BounceType,
    BulkEmail,
    BulkMessage,
    BulkRequest,
    Confirmation,
    EmailParams,
    EmailWire,
    Header,
    HeaderParams,
    HeaderWire,
    Open,
    OutboundMessage,
    Server,
    ServerCreate,
    StatsOverview,
    Suppression,
    SuppressionAddress,
    SuppressionResult,
    Template,
    Webhook,
    WebhookCreate,
    WebhookTriggers,
)
from tests.typing.mail_templates import WELCOME, WelcomeModel


def clients() -> None:
    with PostmarkClient(
        "server-token",
        account_token="account-token",
        base_url="http://127.0.0.1:8025",
        timeout=5,
        retries=1,
        max_elapsed=20.0,
        http_client=httpx.Client(),
    ) as client:
        assert_type(client, PostmarkClient)
        assert_type(client.with_options(timeout=httpx.Timeout(5.0)), PostmarkClient)
        client.close()
    assert_type(PostmarkClient(), PostmarkClient)
    assert_type(postmark_sdk.__version__, str)


def three_forms_of_one_body(client: PostmarkClient) -> None:
    assert_type(client.emails.send(from_="a@example.com", to="b@example.org", text_body="x"), SendResult)
    model = Email(from_="a@example.com", to="b@example.org", text_body="x", metadata={"order": "1"})
    assert_type(client.emails.send(model), SendResult)
    params: EmailParams = {"from_": "a@example.com", "to": "b@example.org", "text_body": "x"}
    assert_type(client.emails.send(params), SendResult)
    wire: EmailWire = {"From": "a@example.com", "To": "b@example.org", "TextBody": "x"}
    assert_type(client.emails.send(wire), SendResult)
    assert_type(client.emails.send({"From": "a@example.com", "To": "b@example.org", "TextBody": "x"}), SendResult)
    assert_type(client.emails.send(model, timeout=5.0), SendResult)


def accepted_answers_have_their_ids(client: PostmarkClient) -> str:
    taken = client.emails.send(from_="a@example.com", to="b@example.org", text_body="x")
    assert_type(taken.message_id, str)
    assert_type(taken.submitted_at, _dt.datetime)
    wide: list[MessageResult] = [taken]
    job = client.emails.send_bulk(from_="a@example.com", text_body="x", messages=[BulkMessage(to="b@example.org")])
    client.emails.wait_for_bulk(job.id)
    return "".join(each.message_id for each in wide if each.message_id is not None)


def addresses_headers_and_attachments(client: PostmarkClient) -> None:
    client.emails.send(
        from_=("Shop", "shop@example.com"),
        to=["one@example.org", ("Two", "two@example.org"), Address("Three", "three", "example.org")],
        cc=Address("Four", "four", "example.org"),
        subject="Hi",
        html_body="<p>x</p>",
        headers={"X-Order": "1"},
        attachments=[
            Attachment.from_bytes(b"x", "x.txt"),
            {"name": "y.txt", "content": "eA==", "content_type": "text/plain"},
        ],
        track_links="HtmlOnly",
        track_opens=True,
    )
    client.emails.send(
        from_="a@example.com", to="b@example.org", text_body="x", headers=[Header(name="X-A", value="1")]
    )
    client.emails.send(from_="a@example.com", to="b@example.org", text_body="x", headers=[("X-A", "1")])
    params: HeaderParams = {"name": "X-B", "value": "2", "extra": {}}
    wire: HeaderWire = {"Name": "X-C", "Value": "3"}
    client.emails.send(from_="a@example.com", to="b@example.org", text_body="x", headers=[params, wire])


@attrs.define
class Welcome:
    name: str


def other_sends(client: PostmarkClient) -> None:
    mail = Email(from_="a@example.com", to="b@example.org", text_body="x")
    results = client.emails.send_batch([mail, {"From": "a@example.com", "To": "b@example.org", "TextBody": "x"}])
    assert_type(results, list[MessageResult])
    assert_type(client.emails.send_batch(mail for _ in range(3)), list[MessageResult])
    assert_type([result.message_id for result in results if result.success], list[str | None])
    templated = TemplatedEmail(
        from_="a@example.com", to="b@example.org", template_alias="welcome", template_model=Welcome("x")
    )
    assert_type(client.emails.send(templated), SendResult)
    assert_type(client.emails.send_with_template(templated), SendResult)
    assert_type(client.emails.send_batch_with_templates([templated]), list[MessageResult])
    bulk = BulkEmail(from_="a@example.com", subject="x", text_body="x", messages=[BulkMessage(to="b@example.org")])
    assert_type(client.emails.send_bulk(bulk), BulkRequest)


def typed_templates(client: PostmarkClient) -> None:
    assert_type(WELCOME, TypedTemplate[WelcomeModel])
    result = client.emails.send_with_template(
        WELCOME, model={"name": "Ada", "trial": {"days": 14}}, check=True, from_="a@example.com", to="b@example.org"
    )
    assert_type(result, SendResult)
    model: WelcomeModel = {"name": "Ada"}
    client.emails.send_with_template(WELCOME, model=model, to=["b@example.org"], trace=True, timeout=5)
    emails = [WELCOME.email(model={"name": name}, from_="a@example.com", to="b@example.org") for name in ("Ada", "Bo")]
    assert_type(client.emails.send_batch_with_templates(emails), list[MessageResult])
    client.emails.send_many(emails)


def lists(client: PostmarkClient) -> None:
    page = client.bounces.list(type="HardBounce", inactive=True, from_date=_dt.date(2026, 1, 1), count=50)
    assert_type(page, BouncePage)
    assert_type(page.items, list[Bounce])
    assert_type(page.total_count, int)
    assert_type(len(page), int)
    for bounce in page:
        assert_type(bounce, Bounce)
        assert_type(bounce.id, int)
        assert_type(bounce.type, BounceType | str)
        assert_type(bounce.bounced_at, _dt.datetime)
        assert_type(bounce.tag, str | None)
    assert_type(client.bounces.iterate(limit=5, page_size=100), Iterator[Bounce])
    assert_type(
        client.outbound.iterate(metadata={"campaign": "x"}, to_date=_dt.datetime.now(_dt.timezone.utc)),
        Iterator[OutboundMessage],
    )
    assert_type(client.outbound.iterate_opens(), Iterator[Open])
    assert_type(client.suppressions.iterate("outbound"), Iterator[Suppression])
    for added in client.suppressions.create(
        "outbound", ["a@example.org", SuppressionAddress(email_address="b@example.org")]
    ):
        assert_type(added, SuppressionResult)


def other_resources(client: PostmarkClient) -> None:
    assert_type(client.templates.get("welcome"), Template)
    assert_type(client.templates.get(5), Template)
    assert_type(client.templates.delete(5), Confirmation)
    assert_type(client.stats.overview(from_date=_dt.date(2026, 1, 1)), StatsOverview)
    assert_type(client.server.update(name="New"), Server)
    assert_type(client.servers.create(ServerCreate(name="New", color="Red")), Server)
    assert_type(client.servers.create({"Name": "New"}), Server)
    hook = WebhookCreate(url="https://example.com/hook", triggers=WebhookTriggers())
    assert_type(client.webhooks.create(hook), Webhook)
    answer = client.request("GET", "/newest", query={"count": 1}, account=True)
    assert_type(answer, RawResponse)
    assert_type(answer.status_code, int)
    assert_type(answer.content, bytes)


def results_go_anywhere(client: PostmarkClient, bounce: Bounce) -> None:
    assert_type(bounce.to_dict(), dict[str, object])
    assert_type(bounce.to_dict(wire=True), dict[str, object])
    assert_type(Bounce.from_dict({"ID": 1}), Bounce)
    assert_type(Bounce.from_json(bounce.to_json()), Bounce)
    page = client.bounces.list(count=50)
    assert_type(page[0], Bounce)
    assert_type(page[:5], list[Bounce])
    assert_type(page.has_more, bool)
    response = with_response(client.emails.send)(from_="a@example.com", to="b@example.org", text_body="x")
    assert_type(response, APIResponse[SendResult])
    assert_type(response.result.message_id, str)
    assert_type(response.request_id, str | None)
    assert_type(with_response(client.emails.send)(Email(from_="a@example.com")), APIResponse[SendResult])
    assert_type(with_response(client.bounces.get)(5), APIResponse[Bounce])
    assert_type(client.with_options(http_headers={"X-App": "shop"}), PostmarkClient)


def models_are_values(bounce: Bounce) -> None:
    changed = attrs.evolve(bounce, tag="x")
    assert_type(changed, Bounce)
    assert_type(converter().structure({"ID": 1}, Bounce), Bounce)
    assert_type(Email(text_body="x").problems(), list[Problem])
    new: object = changed.extra.get("NewField")
    print(new)  # noqa: T201 - uses it


def many(client: PostmarkClient) -> None:
    mail = Email(from_="a@example.com", to="b@example.org", text_body="x")
    report = client.emails.send_many((mail for _ in range(3)), trace=True, on_unknown="continue")
    assert_type(report, SendReport)
    assert_type(report.errors, tuple[OutcomeUnknownError, ...])
    assert_type([message.call_trace for error in report.errors for message in error.messages], list[str | None])
    assert_type(client.emails.resolve(report), Resolution)
    assert_type(client.emails.resolve(report.errors[0]), Resolution)
    assert_type(client.emails.resolve(MessageRef(0, "a.0")), Resolution)


def errors(client: PostmarkClient) -> None:
    try:
        client.server.get()
    except InvalidMessageError as error:
        assert_type([problem.field for problem in error.problems], list[str])
    except InactiveRecipientError as error:
        assert_type(error.addresses, list[str])
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except OutcomeUnknownError as error:
        assert_type(error.status_code, int | None)
    except APIError as error:
        assert_type(error.error_code, int | None)
        assert_type(error.hint, str | None)
    except PostmarkError as error:
        assert_type(error.operation, str | None)
        assert_type(error.report, SendReport | None)
        assert_type(error.resume, ResumePoint | None)


async def asynchronous() -> None:
    async with AsyncPostmarkClient("server-token", http_client=httpx.AsyncClient()) as client:
        assert_type(client, AsyncPostmarkClient)
        assert_type(await client.emails.send(from_="a@example.com", to="b@example.org", text_body="x"), SendResult)
        assert_type(await client.emails.send(Email(from_="a@example.com", to="b@example.org")), SendResult)
        assert_type(await client.emails.send({"From": "a@example.com", "To": "b@example.org"}), SendResult)
        assert_type(
            await client.emails.send_batch([Email(from_="a@example.com", to="b@example.org")]), list[MessageResult]
        )
        report = await client.emails.send_many([Email(from_="a@example.com")], on_unknown="stop")
        assert_type(await client.emails.resolve(report), Resolution)
        sent = await client.emails.send_with_template(WELCOME, model={"name": "Ada"}, to="b@example.org")
        assert_type(sent, SendResult)
        page = await client.bounces.list(count=50)
        assert_type(page.items, list[Bounce])
        assert_type(client.bounces.iterate(limit=5), AsyncIterator[Bounce])
        async for bounce in client.bounces.iterate():
            assert_type(bounce, Bounce)
        assert_type(await client.request("GET", "/newest"), RawResponse)
        assert_type(await with_response(client.bounces.get)(5), APIResponse[Bounce])
        assert_type(client.with_options(retries=0), AsyncPostmarkClient)
        await client.aclose()
