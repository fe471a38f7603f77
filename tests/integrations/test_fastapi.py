from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("fastapi", reason="FastAPI is not installed")

from fastapi import FastAPI
from openapi_spec_validator import validate

from postmark_sdk import ConfigurationError
from postmark_sdk.integrations.fastapi import webhook_router
from postmark_sdk.integrations.starlette import webhook_route
from postmark_sdk.webhooks import BounceEvent, InboundEvent, WebhookAuth, WebhookRouter
from tests.description import complaints
from tests.webhooks.payloads import examples


def documented(*kinds: Any, **options: Any) -> dict[str, Any]:
    router = WebhookRouter(auth=WebhookAuth(checked_elsewhere=True))
    register: Any = router.on
    for kind in kinds:
        register(kind)(str)
    app = FastAPI()
    app.include_router(webhook_router(router, "/postmark", **options))
    made: dict[str, Any] = app.openapi()
    return made


def payload(document: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = document["paths"]["/postmark"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    return schema


def test_a_path_that_no_call_can_match_is_refused() -> None:
    router = WebhookRouter(auth=WebhookAuth(checked_elsewhere=True))
    for make in (webhook_router, webhook_route):
        with pytest.raises(ConfigurationError, match=r"'postmark' would match no call; begin it with a slash"):
            make(router, "postmark")
    app = FastAPI()
    app.include_router(webhook_router(router, ""), prefix="/postmark")
    assert list(app.openapi()["paths"]) == ["/postmark"]


def test_the_payloads_are_documented() -> None:
    document = documented(tags=["webhooks"])
    validate(document)
    endpoint = document["paths"]["/postmark"]["post"]
    assert endpoint["tags"] == ["webhooks"]
    assert {"200", "401", "413", "500", "503"} <= set(endpoint["responses"])
    assert [each["name"] for each in endpoint["parameters"]] == ["X-PM-Webhook-Trace-Id", "X-PM-Retries-Remaining"]
    titles = [each["title"] for each in payload(document)["anyOf"]]
    assert len(titles) == 8
    assert titles[0] == "DeliveryEvent"


def test_only_what_is_handled_is_documented() -> None:
    assert payload(documented(BounceEvent))["title"] == "BounceEvent"
    assert [each["title"] for each in payload(documented(BounceEvent, InboundEvent))["anyOf"]] == [
        "BounceEvent",
        "InboundEvent",
    ]


def test_the_documented_schemas_say_what_the_payloads_hold() -> None:
    schemas = {each["title"]: each for each in payload(documented())["anyOf"]}
    bounce = schemas["BounceEvent"]["properties"]
    assert bounce["ID"] == {"type": "integer"}
    assert bounce["BouncedAt"] == {"type": "string", "format": "date-time"}
    assert bounce["Metadata"] == {"type": "object", "additionalProperties": {"type": "string"}}
    assert bounce["Type"]["examples"][0] == "HardBounce"
    files = schemas["InboundEvent"]["properties"]["Attachments"]
    assert files["items"]["properties"]["Content"] == {"type": "string"}
    for each in examples():
        value = {name: item for name, item in each.value.items() if item is not None}
        assert complaints(value, schemas[each.schema]) == [], f"{each.kind} {each.name}"


def test_it_can_be_left_out_of_the_document() -> None:
    assert documented(include_in_schema=False)["paths"] == {}
