"""What freezes programs finds all of the package: it follows import statements, not names."""

from __future__ import annotations

from modulefinder import ModuleFinder
from pathlib import Path

import postmark_sdk

PACKAGE = Path(postmark_sdk.__file__).parent
_ROOMS = ("_behavior", "_core", "_generated", "_webhooks")


def test_every_module_of_the_sdk_is_found_by_its_import_statements(tmp_path: Path) -> None:
    home = PACKAGE.parent
    program = tmp_path / "program.py"
    program.write_text(
        "import postmark_sdk, postmark_sdk.webhooks, postmark_sdk.integrations.fastapi\n", encoding="utf-8"
    )
    finder = ModuleFinder(path=[str(home)])
    finder.run_script(str(program))
    files = (file for room in _ROOMS for file in (PACKAGE / room).rglob("*.py"))
    modules = {".".join(file.relative_to(home).with_suffix("").parts).removesuffix(".__init__") for file in files}
    assert modules - set(finder.modules) == set()
    assert len(modules) > 200
