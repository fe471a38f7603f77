"""Cells of a notebook run in a loop that is there already: both clients work, also where nobody closes them."""

from __future__ import annotations

import contextlib
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.core.echo import Echo, echo

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("ipykernel", reason="notebooks need ipykernel (group test)")
zmq = pytest.importorskip("zmq")
jupyter = pytest.importorskip("jupyter_client", reason="notebooks need jupyter_client (comes with ipykernel)")

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client", "ignore::DeprecationWarning:zmq"),
    pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="a free port may be taken meanwhile"),
]

SECONDS = 60

FIRST = """
import asyncio, gc, httpx, warnings
from postmark_sdk import AsyncPostmarkClient, PostmarkClient
from postmark_sdk._core.http.pooling import idle

idle.KEEP_ALIVE_SECONDS = 3600.0  # however long a cell takes

def mail(mark):
    return {{"from_": "from@example.com", "to": "to@example.com", "subject": mark, "text_body": "Hello"}}

client = PostmarkClient("server-token-for-tests", base_url={url!r})
aclient = AsyncPostmarkClient("server-token-for-tests", base_url={url!r})
"""


class Notebook:
    """A kernel of its own, in which one cell after the other is run."""

    def __init__(self, folder: Path, ending: contextlib.ExitStack) -> None:
        self.log = folder / "kernel.log"
        context = zmq.Context()
        ending.callback(context.destroy, linger=0)
        sockets = ending.enter_context(tempfile.TemporaryDirectory())  # short: a socket's path has 107 bytes at most
        self._kernel = jupyter.KernelManager(
            kernel_name="python3", transport="ipc", ip=str(Path(sockets, "kernel")), context=context
        )
        ending.callback(self._kernel.shutdown_kernel, now=True)
        with self.log.open("wb") as log:
            self._kernel.start_kernel(stdout=log, stderr=log)
        self._client = jupyter.BlockingKernelClient(context=context, parent=self._kernel)
        self._client.load_connection_info(self._kernel.get_connection_info())
        ending.callback(self._client.stop_channels)
        self._client.start_channels()
        self._client.wait_for_ready(timeout=SECONDS)

    def run(self, cell: str) -> str:
        """What the cell printed, its warnings included."""
        printed: list[str] = []

        def shown(message: dict[str, Any]) -> None:
            content = message["content"]
            printed.append(content.get("text") or "\n".join(content.get("traceback", ())))

        reply = self._client.execute_interactive(cell, timeout=SECONDS, output_hook=shown)["content"]
        text = "".join(printed)
        assert reply["status"] == "ok", text
        return text

    def end(self) -> str:
        """Ask the kernel to end, as closing a notebook does; what it wrote beside its cells."""
        self._client.shutdown()
        self._kernel.finish_shutdown(waittime=SECONDS)
        return self.log.read_text()


@pytest.fixture(name="server")
def _server() -> Iterator[Echo]:
    with echo() as server:
        yield server


@pytest.fixture(name="notebook")
def _notebook(tmp_path: Path, server: Echo, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    with contextlib.ExitStack() as ending:
        notebook = Notebook(tmp_path, ending)
        notebook.run(FIRST.format(url=server.url))
        yield notebook


def test_both_clients_work_from_cell_to_cell(notebook: Notebook, server: Echo) -> None:
    assert notebook.run('print(client.emails.send(**mail("one")).message_id)') == "one\n"
    assert notebook.run('print((await aclient.emails.send(**mail("two"))).message_id)') == "two\n"
    together = "[r.message_id for r in await asyncio.gather(*(aclient.emails.send(**mail(str(n))) for n in range(5)))]"
    assert notebook.run(f"print({together})") == "['0', '1', '2', '3', '4']\n"
    assert (
        notebook.run("print([b async for b in aclient.bounces.iterate()], list(client.bounces.iterate()))") == "[] []\n"
    )
    before = server.connections
    assert notebook.run('print((await aclient.emails.send(**mail("again"))).message_id)') == "again\n"
    assert server.connections == before
    assert notebook.run("await aclient.aclose(); client.close()") == ""


def test_a_client_that_no_cell_closed_names_its_line_and_does_not_hold_up_the_kernel(notebook: Notebook) -> None:
    notebook.run("warnings.simplefilter('always', ResourceWarning)")
    notebook.run('client.emails.send(**mail("one")); await aclient.emails.send(**mail("two")); None')
    told = notebook.run("del client; gc.collect(); None")
    assert "call close()" in told
    assert "it was made here" in told
    assert 'client = PostmarkClient("server-token-for-tests"' in told
    written = notebook.end()
    assert "Traceback" not in written
    assert "Exception ignored" not in written
