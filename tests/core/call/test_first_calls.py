"""The first calls of several threads meet modules that another one is still importing; none of them notices."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from typing import Any

import pytest

from postmark_sdk._core.call import hints
from tests.core.wire import MAIL, Line

PROGRAM = """
import importlib.abc, importlib.machinery, json, sys, threading, time

class Slow(importlib.abc.MetaPathFinder):
    'Every module takes its time: what imports it is there meanwhile, without its names.'

    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] not in {"postmark_sdk", "httpx", "httpcore", "anyio", "sniffio", "asyncio", "email"}:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (time.sleep(0.005), execute(module))
        return spec

sys.meta_path.insert(0, Slow())
together = threading.Barrier(5)
outcomes = []

def act(name, call):
    together.wait()
    try:
        outcomes.append((name, call()))
    except BaseException as error:
        outcomes.append((name, f"{type(error).__name__}: {error}"))

def client():
    import httpx
    from postmark_sdk import PostmarkClient
    row = {"ErrorCode": 0, "Message": "OK", "MessageID": "m"}
    def answer(request):
        if request.method == "GET":
            return httpx.Response(200, json={"TotalCount": 0, "Bounces": []})
        return httpx.Response(200, json=[row] if "batch" in request.url.path else row)
    return PostmarkClient("server-token-for-tests", http_client=httpx.Client(transport=httpx.MockTransport(answer)))

def event():
    from postmark_sdk.webhooks import parse
    return type(parse(b'{"RecordType": "Bounce", "ID": 1}')).__name__

def model():
    import postmark_sdk
    return postmark_sdk.converter().unstructure(postmark_sdk.models.Email(from_="a@b.example"))["From"]

MAIL = {"from_": "s@example.com", "to": "a@example.org", "text_body": "x"}
calls = {
    "send": lambda: client().emails.send(MAIL).message_id,
    "send_many": lambda: client().emails.send_many([MAIL]).ok,
    "list": lambda: len(client().bounces.list(count=1)),
    "parse": event,
    "convert": model,
}
threads = [threading.Thread(target=act, args=item) for item in calls.items()]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(dict(outcomes)))
"""


def test_first_calls_of_several_threads_wait_for_each_other() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)  # noqa: S603
    assert (run.stderr, run.returncode) == ("", 0)
    wanted = {"send": "m", "send_many": True, "list": 0, "parse": "BounceEvent", "convert": "a@b.example"}
    assert json.loads(run.stdout) == wanted


@pytest.mark.parametrize("name", ["asyncio", "sniffio", "email.message"])
@pytest.mark.parametrize("names", [{}, {"thread_local": types.SimpleNamespace(), "_get_running_loop": None}], ids=len)
def test_a_module_without_its_names_costs_no_mail(
    name: str, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    half = types.ModuleType(name)
    vars(half).update(names)
    hints.forget()
    monkeypatch.setitem(sys.modules, name, half)
    line = Line()
    assert line.call(lambda client: client.emails.send(MAIL)).success
    assert line.call(lambda client: client.emails.send_many([MAIL])).ok
