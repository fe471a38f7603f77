"""Celery's pools: while a call lasts longer than the lease, its chunk stays in the hands of its worker."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("celery", reason="Celery is not installed")
pytest.importorskip("redis", reason="Celery needs it for Redis")
pytest.importorskip("sqlalchemy", reason="jobs need SQLAlchemy")

from tests.description import ROOT
from tests.integrations.queues.processes import SECONDS, celery
from tests.jobs.faults.comparing import asked
from tests.jobs.faults.enqueue import LEASE_SECONDS, ledger
from tests.jobs.faults.server import Unreliable, served
from tests.jobs.postmark import Postmark
from tests.jobs.test_sending import mails

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Slow(Unreliable):
    """It takes all, and answers when the lease has ended twice."""

    def _next(self) -> str:
        return "accept"

    def _take(self, given: Any) -> list[dict[str, Any]]:
        rows = Postmark._take(self, given)
        time.sleep(2 * LEASE_SECONDS)
        return rows


@pytest.fixture(name="slow")
def _slow() -> Iterator[tuple[Slow, str]]:
    postmark = Slow(0)
    with served(postmark) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield postmark, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(SECONDS)


@pytest.mark.parametrize("pool", ["prefork", "threads", "gevent", "solo"])
def test_a_slow_chunk_is_not_taken_away(pool: str, tmp_path: Path, redis_url: str, slow: tuple[Slow, str]) -> None:
    if pool == "gevent":
        pytest.importorskip("gevent", reason="gevent is not installed")
    postmark, address = slow
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    variables = {
        "BROKER_URL": redis_url,
        "LEDGER_URL": url,
        "POSTMARK_SERVER_TOKEN": "token-for-tests",
        "POSTMARK_BASE_URL": address,
        "SOFT_TIME_LIMIT": "60",
    }
    log = tmp_path / "worker.log"
    with ledger(url) as jobs:
        job = jobs.add("news", mails(703))
        run = partial(celery, "tests.jobs.faults.carried", folder=ROOT, log=log, **variables)
        worker = run("worker", "--pool", pool, "--concurrency", "2")
        beat = run("beat", "--schedule", str(tmp_path / "beat"), "--pidfile=")
        with worker, beat:
            ends = time.monotonic() + SECONDS
            while job.state != "done":
                assert time.monotonic() < ends, log.read_text(errors="replace")[-3000:]
                time.sleep(0.1)
    assert (len(postmark.counts), {*postmark.counts.values()}) == (703, {1})
    assert [*map(tuple, asked(url, "SELECT attempt, looks FROM postmark_chunks"))] == [(1, 0)] * 2
