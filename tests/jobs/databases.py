"""Databases for tests of the ledger: SQLite, and servers that are started once for all workers of pytest-xdist.

Take the fixtures into a ``conftest.py``: ``from tests.jobs.databases import database_url, shared_servers``.
``database_url`` is that of an empty database, of every kind in turn; ``postgresql_url`` and ``mariadb_url`` are of one.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SECONDS = 60
KINDS = ("sqlite", "postgresql", "mariadb")
_numbers = itertools.count(1)


def program(name: str) -> str | None:
    """The path of a server's program; Debian's PostgreSQL keeps them in a folder of its own."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", ""), "/usr/sbin"])
    return shutil.which(name, path=path)


class Folder:
    """Where a server keeps its files: below the temporary folder, of a user that may run it."""

    def __init__(self, user: str) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="postmark-", dir="/tmp"))
        self._as: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self.path, user, user)
            self._as = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]

    def command(self, *words: str) -> list[str]:
        """These words, as that user."""
        return [*self._as, *words]

    def run(self, *words: str) -> None:
        """Run a program to its end."""
        finished = subprocess.run(  # noqa: S603 - our own words
            self.command(*words), capture_output=True, text=True, timeout=_SECONDS, check=False, cwd=self.path
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr


def _start_postgresql() -> dict[str, Any]:
    folder = Folder("postgres")
    data, control = str(folder.path / "data"), program("pg_ctl")
    assert control is not None
    initialize = "--no-sync -A trust -U postmark -E UTF8 --locale=C"
    folder.run(control, "initdb", "-D", data, "-o", initialize)
    options = f"-k {folder.path} -h '' -F -c full_page_writes=off -c max_connections=200"
    # Not through run: the server would keep the pipes, and whoever reads them would wait for its end.
    subprocess.run(  # noqa: S603 - our own words
        folder.command(control, "start", "-w", "-D", data, "-l", str(folder.path / "log"), "-o", options),
        check=True, timeout=_SECONDS, cwd=folder.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return {
        "folder": str(folder.path),
        "stop": folder.command(control, "stop", "-m", "immediate", "-D", data),
        "url": f"postgresql+psycopg://postmark@/{{}}?host={folder.path}",
        "first": "postgres",
    }


def _start_mariadb() -> dict[str, Any]:
    folder = Folder("mysql")
    install, server = program("mariadb-install-db"), program("mariadbd")
    assert install is not None
    assert server is not None
    data, listening, note = (str(folder.path / name) for name in ("data", "socket", "pid"))
    own = ["--no-defaults", f"--datadir={data}"]
    folder.run(install, *own, "--auth-root-authentication-method=normal", "--skip-test-db")
    own += [f"--socket={listening}", f"--pid-file={note}", "--skip-networking", f"--log-error={folder.path / 'log'}"]
    own += ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--max-connections=200"]
    folder.run("sh", "-c", '"$@" > /dev/null 2>&1 &', "sh", server, *own)
    url = f"mysql+pymysql://root@localhost/{{}}?unix_socket={listening}&charset=utf8mb4"
    _wait_for(listening)
    return {
        "folder": str(folder.path),
        "stop": ["sh", "-c", f"kill -9 $(cat {note})"],
        "url": url,
        "first": "mysql",
    }


def _wait_for(path: str) -> None:
    """Until somebody listens there."""
    ends = time.monotonic() + _SECONDS
    while time.monotonic() < ends:
        with socket.socket(socket.AF_UNIX) as asking, contextlib.suppress(OSError):
            asking.connect(path)
            asking.recv(1)
            return
        time.sleep(0.05)
    raise TimeoutError(path)


_STARTS: dict[str, tuple[str, str, Callable[[], dict[str, Any]]]] = {
    "postgresql": ("pg_ctl", "psycopg", _start_postgresql),
    "mariadb": ("mariadbd", "pymysql", _start_mariadb),
}


class Servers:
    """Servers that all workers of a test run share: the first who needs one starts it, the last one stops it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: dict[str, dict[str, Any]] = {}

    def url(self, kind: str) -> str:
        """The address of a new database, empty; the test is skipped where there is no such server."""
        name, driver, start = _STARTS[kind]
        pytest.importorskip(driver, reason=f"{driver} is not installed", exc_type=ImportError)  # or lacks its library
        if program(name) is None:
            pytest.skip(f"{kind} is not installed")
        if kind not in self._used:
            with self._noted(kind) as note:
                note.update(note or start())
                note["users"] = note.get("users", 0) + 1
                self._used[kind] = dict(note)
        server = self._used[kind]
        database = f"test_{os.getpid()}_{next(_numbers)}"
        engine = create_engine(server["url"].format(server["first"]), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {database}"))
        engine.dispose()
        return str(server["url"].format(database))

    def stop(self) -> None:
        """Stop those that nobody else uses."""
        for kind in self._used:
            with self._noted(kind) as note:
                note["users"] -= 1
                if not note["users"]:
                    subprocess.run(note["stop"], check=False, capture_output=True, timeout=_SECONDS)  # noqa: S603
                    shutil.rmtree(note["folder"], ignore_errors=True)
                    note.clear()

    @contextlib.contextmanager
    def _noted(self, kind: str) -> Iterator[dict[str, Any]]:
        with (self._folder / f"{kind}.json").open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            note: dict[str, Any] = json.loads(file.read() or "{}")
            yield note
            file.seek(0)
            file.truncate()
            file.write(json.dumps(note))


@pytest.fixture(scope="session")
def shared_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The servers of this test run."""
    own = tmp_path_factory.getbasetemp()
    servers = Servers(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)
    try:
        yield servers
    finally:
        servers.stop()


@pytest.fixture
def postgresql_url(shared_servers: Servers) -> str:
    """An empty database of PostgreSQL."""
    return shared_servers.url("postgresql")


@pytest.fixture
def mariadb_url(shared_servers: Servers) -> str:
    """An empty database of MariaDB."""
    return shared_servers.url("mariadb")


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of every kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
