"""Mistakes that a type checker must report: each line that is marked, and no other."""

from __future__ import annotations

from postmark_sdk import AsyncPostmarkClient, Email, PostmarkClient, with_response
from postmark_sdk import Emial as Misspelt  # expect-error
from postmark_sdk.errors import NotThereError  # expect-error
from postmark_sdk.models import Bounce, EmailParams, EmailWire, ServerCreate
from postmark_sdk.models import Bouncy as AlsoMisspelt  # expect-error
from postmark_sdk.webhooks import Bouncy as Neither  # expect-error
from tests.typing.mail_templates import RECEIPT, WELCOME

print(Misspelt, AlsoMisspelt, NotThereError, Neither)  # noqa: T201 - uses them


def wrong_bodies(client: PostmarkClient) -> None:
    client.emails.send(from_="a@example.com", to="b@example.org", subjet="x")  # expect-error
    client.emails.send(from_="a@example.com", to=5)  # expect-error
    client.emails.send({"From": "a@example.com", "Too": "b@example.org"})  # expect-error
    client.emails.send({"from_": "a@example.com", "To": "b@example.org"})  # expect-error
    client.emails.send("b@example.org")  # expect-error
    client.emails.send_with_template(Email(from_="a@example.com", text_body="x"))  # expect-error
    client.emails.send(from_="a@example.com", headers=[{"name": "X-A"}])  # expect-error
    client.emails.send(from_="a@example.com", headers=[{"name": "X-A", "Value": "1"}])  # expect-error
    client.emails.send_batch(Email(from_="a@example.com", to="b@example.org"))  # expect-error
    client.emails.send(Email(from_="a@example.com"), subject="x")  # expect-error
    client.emails.send_many([], on_unknown="go on")  # expect-error
    client.emails.resolve([])  # expect-error
    client.servers.create()  # expect-error
    client.servers.create(ServerCreate())  # expect-error


def wrong_typed_templates(client: PostmarkClient) -> None:
    client.emails.send_with_template(WELCOME, model={}, to="b@example.org")  # expect-error
    client.emails.send_with_template(WELCOME, model={"nmae": "Ada"}, to="b@example.org")  # expect-error
    client.emails.send_with_template(WELCOME, model={"name": 5}, to="b@example.org")  # expect-error
    client.emails.send_with_template(WELCOME, model={"name": "Ada", "trial": {}})  # expect-error
    client.emails.send_with_template(WELCOME, model={"name": "Ada"}, too="b@example.org")  # expect-error
    client.emails.send_with_template(WELCOME, template_model={"name": "Ada"})  # expect-error
    WELCOME.email(model={"nmae": "Ada"}, to="b@example.org")  # expect-error
    RECEIPT.email(model={"number": 1, "lines": [{"title": "Tea"}], "company": {"name": "Acme"}})  # expect-error


def wrong_models() -> None:
    Email(from_="a@example.com", html="<p>x</p>")  # expect-error
    Email("a@example.com")  # expect-error
    Email(track_opens="yes")  # expect-error
    params: EmailParams = {"from_": "a@example.com", "bodytext": "x"}  # expect-error
    wire: EmailWire = {"from_": "a@example.com"}  # expect-error
    print(params, wire)  # noqa: T201 - uses them


def wrong_calls(client: PostmarkClient) -> None:
    client.bounces.list(counts=5)  # expect-error
    client.bounces.get("not a number")  # expect-error
    client.bounces.iterate(count=5)  # expect-error
    client.webhooks.iterate(page_size=5)  # expect-error
    client.bounces.activate()  # expect-error
    client.emial.send()  # expect-error
    client.bounces.archive(5)  # expect-error
    client.emails.send(Email(from_="a@example.com"), timeout="5")  # expect-error
    PostmarkClient(token="x")  # expect-error
    with_response(client.emails.send)(subjet="x")  # expect-error
    with_response(client.bounces.get)("x")  # expect-error
    PostmarkClient("one", "two")  # expect-error


def wrong_answers(bounce: Bounce) -> None:
    number: str = bounce.id  # expect-error
    tag: str = bounce.tag  # expect-error
    print(number, tag, bounce.bounced)  # expect-error  # noqa: T201 - uses them


async def wrong_worlds(client: AsyncPostmarkClient) -> None:
    await client.emails.send_with_template(WELCOME, model={"nmae": "Ada"}, to="b@example.org")  # expect-error
    page = client.bounces.list()
    page.items  # expect-error  # noqa: B018 - the access is the mistake
    for bounce in client.bounces.iterate():  # expect-error
        print(bounce)  # noqa: T201 - uses it
    with AsyncPostmarkClient() as other:  # expect-error
        print(other)  # noqa: T201 - uses it
