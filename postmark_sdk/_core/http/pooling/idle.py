"""Closes connections that nobody has used for a while although nobody calls any more: one thread for all sync clients.

It runs only as long as there are some, and never while the process forks.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connections import Connections

KEEP_ALIVE_SECONDS = 5.0
"""How long a connection is kept that nobody uses."""

_JOIN_SECONDS = 1.0


class _Closer:
    """The thread, and whose connections it looks after."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._watched: weakref.WeakSet[Connections] = weakref.WeakSet()
        self._wake = threading.Event()
        self._forking = False
        self._thread: threading.Thread | None = None

    def watch(self, connections: Connections) -> None:
        """Look after them until none is idle."""
        if connections not in self._watched:
            with self._lock:
                self._watched.add(connections)
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with contextlib.suppress(RuntimeError), self._lock:  # the interpreter is about to end, or knows no threads
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="postmark-idle", daemon=True)
                thread.start()
                self._thread = thread

    def look(self) -> None:
        """Something was closed: look whether anything is left."""
        if self._thread is not None:
            self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(self._seconds())
            self._wake.clear()
            with self._lock:
                if self._forking or not self._watched:
                    self._thread = None
                    return

    def _seconds(self) -> float:
        """Close what is due; how long to wait until something else is."""
        left = []
        with self._lock:
            watched, self._watched = list(self._watched), weakref.WeakSet()  # whoever keeps one from now on says so
        for connections in watched:
            seconds = connections.close_idle()
            if seconds is not None:
                self.watch(connections)
                left.append(seconds)
        return min(left, default=0.0)

    def before_fork(self) -> None:
        """End the thread: a fork with threads is warned of."""
        thread = self._thread
        if thread is not None:
            self._forking = True
            self._wake.set()
            thread.join(_JOIN_SECONDS)

    def after_fork(self) -> None:
        """Go on in the process that had it."""
        if self._forking:
            self._forking = False
            self._start()

    def after_fork_in_child(self) -> None:
        """There is no thread here, nor anything that this process opened."""
        self._begin()


_closer = _Closer()
watch = _closer.watch
look = _closer.look

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_closer.before_fork,
        after_in_parent=_closer.after_fork,
        after_in_child=_closer.after_fork_in_child,
    )
