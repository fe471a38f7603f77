from __future__ import annotations

import base64
import ipaddress
import re
import warnings
from typing import Any

import pytest

from postmark_sdk.errors import ConfigurationError
from postmark_sdk.webhooks import (
    POSTMARK_NETWORKS,
    POSTMARK_NETWORKS_DATE,
    OpenWebhookWarning,
    WebhookAuth,
    WebhookError,
)

PAIR = ("postmark", "webhook-password-for-examples")
OTHER = ("postmark", "another-password-for-examples")


def basic(user: str, password: str, encoding: str = "utf-8") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode(encoding)).decode()}


def accepted(auth: WebhookAuth, headers: dict[str, str] | None = None, peer: str | None = None) -> bool:
    try:
        auth.check(headers or {}, peer)
    except WebhookError as error:
        assert error.status_code == 401  # noqa: PT017 - 403 would end the retries for ever
        return False
    return True


def test_the_right_password_is_accepted() -> None:
    assert accepted(WebhookAuth(basic=PAIR), basic(*PAIR))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Basic"},
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic é"},
        {"Authorization": "Bearer " + base64.b64encode(":".join(PAIR).encode()).decode()},
        basic(*OTHER),
        basic("postmark", ""),
        basic("", PAIR[1]),
        basic(PAIR[0], PAIR[1] + "x"),
        basic(PAIR[0], PAIR[1][:-1]),
        {"X-Authorization": basic(*PAIR)["Authorization"]},
    ],
    ids=range(12),
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    assert not accepted(WebhookAuth(basic=PAIR), headers)


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", " Basic "])
def test_scheme_and_header_names_have_no_case(scheme: str) -> None:
    value = basic(*PAIR)["Authorization"].removeprefix("Basic ")
    assert accepted(WebhookAuth(basic=PAIR), {"aUTHORIZATION": f"{scheme} {value}"})


def test_old_and_new_passwords_are_accepted_during_a_rotation() -> None:
    auth = WebhookAuth(basic=[PAIR, OTHER])
    assert [accepted(auth, basic(*pair)) for pair in (PAIR, OTHER, ("postmark", "third"))] == [True, True, False]
    assert auth.to_send == (PAIR, {})


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_password_beyond_ascii_is_accepted_in_both_usual_encodings(encoding: str) -> None:
    assert accepted(WebhookAuth(basic=("postmark", "pässwört")), basic("postmark", "pässwört", encoding))


@pytest.mark.parametrize(
    "pair", [("postmark", "пароль"), ("почта", "password"), ("postmark", "päss-密码"), ("é", "密")]
)
def test_question_marks_open_nothing(pair: tuple[str, str]) -> None:
    auth = WebhookAuth(basic=pair)
    assert accepted(auth, basic(*pair))
    for encoding in ("ascii", "latin-1", "cp1252"):
        guess = [part.encode(encoding, "replace").decode(encoding) for part in pair]
        for codec in ("utf-8", "latin-1"):
            assert not accepted(auth, {"Authorization": _basic_bytes(":".join(guess).encode(codec, "replace"))})


def test_a_header_that_cannot_be_written_is_no_question_mark() -> None:
    auth = WebhookAuth(headers={"X-Webhook-Secret": "secret?"})
    assert accepted(auth, {"x-webhook-secret": "secret?"})
    assert not accepted(auth, {"x-webhook-secret": "secret\udc80"})


def _basic_bytes(pair: bytes) -> str:
    return "Basic " + base64.b64encode(pair).decode()


def test_a_secret_header_has_to_be_right() -> None:
    auth = WebhookAuth(headers={"X-Webhook-Secret": ["new-secret", "old-secret"]})
    assert accepted(auth, {"x-webhook-secret": "new-secret"})
    assert accepted(auth, {"X-WEBHOOK-SECRET": "old-secret"})
    assert not accepted(auth, {"x-webhook-secret": "old-secret2"})
    assert not accepted(auth, {"x-webhook-secret": ""})
    assert not accepted(auth, {})
    assert auth.to_send == (None, {"X-Webhook-Secret": "new-secret"})


def test_everything_that_is_given_has_to_be_right() -> None:
    auth = WebhookAuth(basic=PAIR, headers={"X-A": "a", "X-B": "b"}, networks=["192.0.2.0/24"])
    good = {**basic(*PAIR), "x-a": "a", "x-b": "b"}
    assert accepted(auth, good, "192.0.2.9")
    assert not accepted(auth, good, "198.51.100.1")
    for name in good:
        assert not accepted(auth, {other: value for other, value in good.items() if other != name}, "192.0.2.9")


@pytest.mark.parametrize(
    "peer", ["3.134.147.250", "50.31.156.6", "50.31.156.77", "18.217.206.57", "::ffff:50.31.156.6"]
)
def test_the_published_addresses_are_accepted(peer: str) -> None:
    assert accepted(WebhookAuth(networks=POSTMARK_NETWORKS), {}, peer)


@pytest.mark.parametrize("peer", ["3.134.147.251", "::1", "", None, "nonsense", "unix:", "50.31.156.6.example.org"])
def test_other_addresses_are_refused(peer: str | None) -> None:
    assert not accepted(WebhookAuth(networks=POSTMARK_NETWORKS), {}, peer)


def test_the_published_addresses_carry_their_date() -> None:
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", POSTMARK_NETWORKS_DATE)
    assert list(POSTMARK_NETWORKS) == sorted(POSTMARK_NETWORKS, key=ipaddress.ip_address)


def test_without_trusted_proxies_nobody_can_claim_an_address() -> None:
    auth = WebhookAuth(networks=POSTMARK_NETWORKS)
    assert not accepted(auth, {"X-Forwarded-For": "50.31.156.6"}, "198.51.100.1")
    assert accepted(auth, {"X-Forwarded-For": "198.51.100.1"}, "50.31.156.6")


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("50.31.156.6", True),
        ("50.31.156.6:4711", True),
        ('"[::ffff:50.31.156.6]:4711"', True),
        ("198.51.100.1, 50.31.156.6", True),
        ("198.51.100.1, 50.31.156.6, 10.0.0.7", True),
        ("50.31.156.6, 198.51.100.1", False),
        ("50.31.156.6, 198.51.100.1, 10.0.0.7", False),
        ("50.31.156.6, nonsense", False),
        ("10.0.0.7", False),
        ("", False),
        (None, False),
    ],
)
@pytest.mark.parametrize("peer", ["10.0.0.1", ""])
def test_behind_a_proxy_the_last_address_that_is_no_proxy_counts(
    forwarded: str | None, peer: str, *, expected: bool
) -> None:
    auth = WebhookAuth(networks=POSTMARK_NETWORKS, trusted_proxies=["10.0.0.0/8", "unix"])
    assert accepted(auth, {} if forwarded is None else {"X-Forwarded-For": forwarded}, peer) is expected


def test_nothing_to_check_is_a_warning() -> None:
    with pytest.warns(OpenWebhookWarning, match="accepted from anybody") as caught:
        auth = WebhookAuth()
    assert caught[0].filename == __file__
    assert accepted(auth)


def test_there_is_no_warning_when_something_else_checks() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert accepted(WebhookAuth(checked_elsewhere=True))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"basic": ("postmark", "")}, "empty; is an environment variable missing"),
        ({"basic": ("postmark", None)}, "all of them text"),
        ({"basic": ("post:mark", "x")}, "colon"),
        ({"basic": "postmark:x"}, "such pairs"),
        ({"basic": []}, "let nobody in"),
        ({"basic": [("a", "b", "c")]}, "such pairs"),
        ({"headers": {"X-A": ""}}, "X-A needs a value"),
        ({"headers": {"X-A": None}}, "X-A needs a value"),
        ({"headers": {"X-A": []}}, "X-A needs a value"),
        ({"headers": {"X-A": ["a", "é"]}}, "X-A needs a value"),
        ({"headers": {"": "a"}}, "a name that HTTP cannot send"),
        ({"headers": {"X A": "a"}}, "a name that HTTP cannot send"),
        ({"headers": {"X-A": "a", "x-a": "b"}}, "twice in different case"),
        ({"networks": []}, "let nobody in"),
        ({"networks": "192.0.2.1"}, "list of addresses"),
        ({"networks": ["192.0.2.300"]}, "networks: it takes addresses"),
        ({"networks": ["192.0.2.1"], "trusted_proxies": "10.0.0.1"}, "list of addresses"),
        ({"networks": ["192.0.2.1"], "trusted_proxies": ["proxy"]}, "trusted_proxies: it takes"),
    ],
)
def test_a_setting_that_would_let_in_everybody_or_nobody_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        WebhookAuth(**arguments)


def test_no_secret_is_shown() -> None:
    auth = WebhookAuth(basic=[PAIR, OTHER], headers={"X-A": "secret-value"}, networks=["192.0.2.1"])
    assert repr(auth) == "WebhookAuth(basic=<2>, headers=<X-A>, networks=<1>)"
    with pytest.raises(WebhookError) as caught:
        auth.check(basic("postmark", "wrong-password"), "192.0.2.1")
    assert "password-for" not in repr(caught.value)
    assert "wrong" not in repr(caught.value).replace("is wrong or missing", "")


def test_the_challenge_belongs_to_passwords() -> None:
    assert "Basic realm" in WebhookAuth(basic=PAIR).challenge["WWW-Authenticate"]
    assert WebhookAuth(headers={"X-A": "a"}).challenge == {}
