from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from postmark_sdk.integrations._extras import MissingExtraError

_EXTRAS = ("celery", "django", "fastapi", "flask", "starlette")


@pytest.mark.parametrize("extra", _EXTRAS)
def test_a_missing_package_is_an_import_error_that_names_the_command(
    extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*sys.modules]:
        if name.partition(".")[0] == extra or name.startswith(f"postmark_sdk.integrations.{extra}"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, extra, None)
    with pytest.raises(ImportError, match=rf'pip install "postmark-sdk\[{extra}\]"') as caught:
        importlib.import_module(f"postmark_sdk.integrations.{extra}")
    assert isinstance(caught.value, MissingExtraError)
    assert caught.value.__cause__ is not None


def test_webhooks_need_no_framework_and_no_http_library() -> None:
    script = (
        "import sys; import postmark_sdk.webhooks as w, postmark_sdk.integrations.asgi, postmark_sdk.integrations.wsgi;"
        "w.parse({'RecordType': 'Delivery'});"
        "print(sorted({n.partition('.')[0] for n in sys.modules} & "
        "{'starlette', 'fastapi', 'django', 'flask', 'httpx', 'cattrs', 'anyio', 'asyncio', 'tenacity'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
