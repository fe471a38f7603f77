"""What a release says: ``python -m tests.packaging.release v1.2.3`` prints its section of the changelog.

It fails if the tag is not the version of the package, or if the changelog has no such section.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def version() -> str:
    """The version of the tree."""
    text = (ROOT / "postmark_sdk" / "_version.py").read_text("utf-8")
    return text.partition('__version__ = "')[2].partition('"')[0]


def notes(changelog: str, number: str) -> str:
    """The section of a version, without its heading.

    Raises:
        ValueError: There is none with a date.
    """
    heading = re.search(rf"^## {re.escape(number)} - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)
    if heading is None:
        raise ValueError(f'CHANGELOG.md: no heading "## {number} - YYYY-MM-DD"')
    return re.split(r"^## ", changelog[heading.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip()


def main() -> int:
    """Print the text of the release.

    Returns:
        1 if there is something wrong.
    """
    (tag,) = sys.argv[1:]
    if tag != f"v{version()}":
        sys.stderr.write(f"The tag {tag} is not v{version()}, which postmark_sdk/_version.py says\n")
        return 1
    try:
        sys.stdout.write(notes((ROOT / "CHANGELOG.md").read_text("utf-8"), version()) + "\n")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
