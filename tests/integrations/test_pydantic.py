"""Results as answers of FastAPI and fields of pydantic models, with a schema that says what they are."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timezone
from typing import Annotated, Any

import attrs
import httpx
import pytest

pytest.importorskip("fastapi", reason="FastAPI is not installed")

from fastapi import Body, FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError

from postmark_sdk import Problem, SendOutcome, models
from postmark_sdk.models import Bounce, BouncePage, Email, MessageResult, Model, SendResult
from tests.core.wire import ROW

MODELS = [
    each
    for name in dir(models)
    if isinstance(each := getattr(models, name), type) and issubclass(each, Model) and "__wire__" in vars(each)
]
RESULT = SendResult.from_dict({**ROW, "NewField": 1})
PAGE = BouncePage.from_dict(
    {"TotalCount": 3, "Bounces": [{"ID": 1, "BouncedAt": "when the moon was full"}, {"ID": 2}], "offset": 1}
)


class Sent(BaseModel):
    results: list[SendResult]
    bounce: Bounce | None = None


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/result")
    def result() -> SendResult:
        return RESULT

    @app.get("/list")
    def several() -> list[MessageResult]:
        return [MessageResult(message="OK"), RESULT]

    @app.get("/page")
    def page() -> BouncePage:
        return PAGE

    @app.post("/mail")
    def mail(body: Annotated[Email, Body()]) -> str:
        assert isinstance(body.attachments, list)
        return f"{type(body).__name__} with {type(body.attachments[0]).__name__}"

    return app


def asked(app: FastAPI, method: str, path: str, **given: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.request(method, path, **given)

    return asyncio.run(ask())


def test_fastapi_answers_with_results_lists_and_pages() -> None:
    app = application()
    assert asked(app, "GET", "/result").json() == RESULT.to_dict()
    assert asked(app, "GET", "/list").json() == [MessageResult(message="OK").to_dict(), RESULT.to_dict()]
    assert asked(app, "GET", "/page").json() == PAGE.to_dict()


def test_fastapi_leaves_out_what_is_not_set_where_it_is_told_to() -> None:
    app = FastAPI()

    @app.get("/page", response_model_exclude_none=True)
    def page() -> BouncePage:
        return PAGE

    records = [{"id": 1, "bounced_at": "when the moon was full"}, {"id": 2}]
    assert asked(app, "GET", "/page").json() == {"total_count": 3, "items": records, "offset": 1}


def test_fastapi_reads_a_mail_and_refuses_what_it_does_not_know() -> None:
    app = application()
    mail = {
        "from_": "a@example.com",
        "to": "b@example.org",
        "attachments": [{"name": "a", "content": "eA==", "content_type": "x/y"}],
    }
    assert asked(app, "POST", "/mail", json=mail).json() == "Email with Attachment"
    refused = asked(app, "POST", "/mail", json={**mail, "subjet": "Hi"})
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["body", "subjet"]


def test_the_documentation_has_fields_types_and_words() -> None:
    schemas = asked(application(), "GET", "/openapi.json").json()["components"]["schemas"]
    assert {"SendResult", "MessageResult", "BouncePage", "Bounce", "Email", "Attachment"} <= schemas.keys()
    result = schemas["SendResult"]
    assert result["description"].startswith("What Postmark answers to a single message")
    assert result["properties"]["submitted_at"] == {
        "type": "string",
        "format": "date-time",
        "title": "Submitted At",
        "description": "When Postmark took the message.",
    }
    assert schemas["BouncePage"]["properties"]["items"]["items"] == {"$ref": "#/components/schemas/Bounce"}
    assert {"items", "total_count"} <= {*schemas["BouncePage"]["required"]}


@pytest.mark.parametrize("cls", MODELS)
def test_every_model_has_a_schema_in_which_every_field_is_explained(cls: Any) -> None:
    adapter = TypeAdapter(cls)
    for schema in (adapter.json_schema(), adapter.json_schema(mode="serialization")):
        found = schema["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        assert all(found["properties"][name]["description"] for name in cls.__wire__)


def test_outcomes_of_many_mails_are_an_answer_that_is_described_and_read_again() -> None:
    outcomes = [
        SendOutcome(
            index=0, status="accepted", message_id="5d0a", submitted_at=datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
        ),
        SendOutcome(index=1, status="refused", problems=(Problem("to", "no address"),), message={"To": "x"}),
        SendOutcome(index=2, status="unknown", row={"To": "b@example.org"}, message=object()),
    ]
    app = FastAPI()

    @app.get("/outcomes")
    def answer() -> list[SendOutcome]:
        return outcomes

    assert asked(app, "GET", "/outcomes").json() == [each.to_dict() for each in outcomes]
    assert [json.loads(each.to_json()) for each in outcomes] == [each.to_dict() for each in outcomes]
    assert TypeAdapter(SendOutcome).validate_json(outcomes[1].to_json()) == attrs.evolve(outcomes[1], message=None)
    described = asked(app, "GET", "/openapi.json").json()["components"]["schemas"]["SendOutcome"]["properties"]
    assert described.keys() == outcomes[0].to_dict().keys()
    assert described["problems"]["items"]["properties"].keys() == {"field", "message"}
    assert all(each["description"] for each in described.values())


def test_a_result_is_a_field_of_a_pydantic_model() -> None:
    sent = Sent(results=[RESULT])
    assert sent.results[0] is RESULT
    assert json.loads(sent.model_dump_json())["results"] == [RESULT.to_dict()]
    assert Sent.model_validate_json(sent.model_dump_json()) == sent
    with pytest.raises(ValidationError, match=r"results\.0\.message_id"):
        Sent.model_validate({"results": [{"submitted_at": "2026-11-29T12:00:00Z"}]})
