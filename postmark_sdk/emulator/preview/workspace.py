"""A folder of templates, read again whenever something in it changes."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from ...templates.check import Finding, check_tree
from ...templates.tree import TemplateTree, read_tree

POLL_SECONDS = 0.2

Fingerprint = frozenset[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Contents:
    """What was in the folder at one moment."""

    revision: int
    tree: TemplateTree
    findings: list[Finding]


class Workspace:
    """The folder. Its contents are read when they are asked for, if they are others by then."""

    def __init__(self, root: Path) -> None:
        self.root: Path = root
        self.closing: bool = False
        self.revision: int = 0
        """Grows with every change that was seen."""

        self._fingerprint: Fingerprint | None = None
        self._contents: Contents | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def contents(self) -> Contents:
        """Read what is new."""
        with self._lock:
            self._look()
            if self._contents is None or self._contents.revision != self.revision:
                tree = _tree_of(self.root)
                self._contents = Contents(self.revision, tree, check_tree(tree))
            return self._contents

    def watch(self) -> None:
        """Look for changes until ``close``, in a thread of its own."""
        threading.Thread(target=self._watch, name="postmark-preview", daemon=True).start()

    def close(self) -> None:
        """Stop watching; open pages are told no more."""
        self.closing = True
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            with self._lock:
                self._look()

    def _look(self) -> None:
        seen = _fingerprint(self.root)
        if seen != self._fingerprint:
            self._fingerprint = seen
            self.revision += 1


def _tree_of(root: Path) -> TemplateTree:
    try:
        return read_tree(root)
    except NotADirectoryError:
        return TemplateTree(root)


def _fingerprint(root: Path) -> Fingerprint:
    """Name, time and size of each file."""
    found: set[tuple[str, int, int]] = set()
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = os.path.join(folder, name)  # noqa: PTH118 - for thousands of files, five times a second
            try:
                status = os.stat(path)  # noqa: PTH116 - as above
            except OSError:  # gone since it was listed
                continue
            found.add((path, status.st_mtime_ns, status.st_size))
    return frozenset(found)
