"""``/email``, ``/email/batch``, ``/email/withTemplate``, ``/email/batchWithTemplates``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..http.call import Call, handles
from ..mail.accept import accept, result_for_test
from ..mail.checks import check_bodies, check_message
from ..mail.rendering import check_templated, render_message
from ..reference import limits
from ..reference.json_text import dumps, text_of
from ..reference.problems import Json, Problem

if TYPE_CHECKING:
    from collections.abc import Callable


def _check_size(request: str) -> None:
    if len(request) > limits.MAX_MESSAGE_BYTES:
        raise Problem(413, "The message is larger than 10 MB.", status=413)


@handles("emails_send")
def send(call: Call) -> Json:
    """Take one message."""
    return _send_plain(call, call.body, text_of(call.raw), call.item_problems.get(0))


def _send_plain(call: Call, message: dict[str, Json], request: str, rest: Problem | None) -> dict[str, Json]:
    checked = check_message(call.state, None if call.test else call.server, message)
    check_bodies(message)
    if rest is not None:
        raise rest
    _check_size(request)
    if call.test:
        return result_for_test(call.state, message)
    return accept(call.state, call.server, checked, message, operation="emails_send", request=request)


@handles("emails_send_with_template")
def send_with_template(call: Call) -> Json:
    """Render a template and take the outcome; the keys come back in another order than from ``/email``."""
    result = _send_templated(call, call.body, text_of(call.raw), call.item_problems.get(0))
    return {name: result[name] for name in sorted(result)}


def _send_templated(call: Call, message: dict[str, Json], request: str, rest: Problem | None) -> dict[str, Json]:
    check_templated(call.state, call.server, message)
    checked = check_message(call.state, None if call.test else call.server, message)
    if rest is not None:
        raise rest
    _check_size(request)
    rendered = render_message(call.state, call.server, message, checked.stream)
    check_bodies(rendered)
    return accept(
        call.state,
        call.server,
        checked,
        message,
        operation="emails_send_with_template",
        request=request,
        rendered=rendered,
    )


def _check_batch(call: Call) -> None:
    _check_count(call.body)


def _check_templated_batch(call: Call) -> None:
    messages = call.body.get("Messages")
    if messages is not None:
        _check_count(messages)


def _check_count(messages: list[Json]) -> None:
    if len(messages) > limits.MAX_BATCH_MESSAGES:
        raise Problem(410, f"You may only send up to {limits.MAX_BATCH_MESSAGES} messages in a single batched request.")


@handles("emails_send_batch", check=_check_batch)
def send_batch(call: Call) -> Json:
    """Take each message by itself; a refused one costs the others nothing."""
    return _each(call, call.body, _send_plain)


@handles("emails_send_batch_with_templates", check=_check_templated_batch)
def send_batch_with_templates(call: Call) -> Json:
    """The same with templates."""
    return _each(call, call.body["Messages"], _send_templated)


def _each(
    call: Call,
    messages: list[dict[str, Json]],
    send_one: Callable[[Call, dict[str, Json], str, Problem | None], dict[str, Json]],
) -> list[dict[str, Json]]:
    given = call.given_messages()
    results = []
    for index, message in enumerate(messages):
        try:
            results.append(send_one(call, message, dumps(given[index]), call.item_problems.get(index)))
        except Problem as problem:  # noqa: PERF203 - each message is its own try
            call.refused_items.append((index, problem))
            results.append({"ErrorCode": problem.code, "Message": problem.text})
    return results
