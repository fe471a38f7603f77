"""The public names, and what importing them costs."""

from __future__ import annotations

import inspect
import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest

import postmark_sdk
from postmark_sdk import errors, models
from tests.description import ROOT

PUBLIC = [
    name
    for name in ("postmark_sdk", "postmark_sdk.errors", "postmark_sdk.models", "postmark_sdk.webhooks")
    if (ROOT / f"{name.replace('.', '/')}.py").exists() or name == "postmark_sdk"
]


def run(code: str) -> str:
    finished = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


HEAVY = (
    "httpx",
    "httpcore",
    "cattrs",
    "cattr",
    "tenacity",
    "anyio",
    "asyncio",
    "ssl",
    "yaml",
    "typer",
    "rich",
    "tomlkit",
)


@pytest.mark.parametrize(
    "code",
    [
        "import postmark_sdk",
        "import postmark_sdk; postmark_sdk.PostmarkClient('token-for-tests')",
        "import postmark_sdk; postmark_sdk.AsyncPostmarkClient('token-for-tests')",
        "from postmark_sdk import Email; Email(from_='a@example.com', to='b@example.org', text_body='x')",
        "from postmark_sdk import errors, models; models.Bounce",
        "import postmark_sdk; dir(postmark_sdk); dir(postmark_sdk.models)",
    ],
)
def test_importing_and_building_loads_no_http_library(code: str) -> None:
    loaded = run(f"import sys; {code}; print(*[name for name in {HEAVY!r} if name in sys.modules])")
    assert loaded.split() == []


@pytest.mark.parametrize(
    "code", ["import postmark_sdk", "from postmark_sdk import PostmarkClient; PostmarkClient('t')"]
)
def test_importing_loads_none_of_the_models_and_resources(code: str) -> None:
    loaded = run(f"import sys; {code}; print(*sys.modules)").split()
    assert [name for name in loaded if "._generated.models." in name or "._generated.resources." in name] == []


def test_a_client_is_made_without_what_only_calls_need() -> None:
    code = "from postmark_sdk import PostmarkClient; PostmarkClient('token-for-tests')"
    loaded = {*run(f"import sys; before = {{*sys.modules}}; {code}; print(*{{*sys.modules}} - before)").split()}
    assert "postmark_sdk._client" in loaded
    assert loaded.isdisjoint({"dataclasses", "enum", "inspect", "postmark_sdk.errors", "re", "typing"})


def _rank(name: str) -> tuple[int, str]:
    """Constants, classes, functions: the order of ruff's RUF022."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("name", PUBLIC)
def test_all_is_sorted_and_complete(name: str) -> None:
    module = import_module(name)
    exported = list(getattr(module, "__all__", None) or dir(module))
    assert exported == sorted(set(exported), key=_rank)
    for each in exported:
        assert getattr(module, each) is not None, each


def test_the_package_exports_what_its_type_checkers_see() -> None:
    source = (ROOT / "postmark_sdk" / "__init__.py").read_text(encoding="utf-8")
    block = source.split("if TYPE_CHECKING:")[1].split("\n\n")[0]
    seen = {line.rsplit(" as ", 1)[1].strip(" ,)") for line in block.splitlines() if " as " in line}
    assert seen | {"__version__"} == set(postmark_sdk.__all__)
    assert set(postmark_sdk.__all__) <= set(dir(postmark_sdk))


@pytest.mark.parametrize(
    "name",
    [
        "constants",
        "webhooks",
        "testing",
        "jobs",
        *(
            f"integrations.{each}"
            for each in (
                "asgi",
                "celery",
                "django",
                "django.jobs",
                "fastapi",
                "flask",
                "opentelemetry",
                "starlette",
                "wsgi",
            )
        ),
    ],
)
def test_completion_shows_of_a_module_what_is_public_and_no_helper(name: str) -> None:
    try:
        module = import_module(f"postmark_sdk.{name}")
    except ImportError as error:
        pytest.skip(f"{error.name} is not installed")
    assert [each for each in dir(module) if not each.startswith("__")] == sorted(module.__all__)


def test_every_error_is_exported_from_the_package() -> None:
    found = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}
    assert {name for name in found if not name.startswith("_")} <= {*errors.__all__}
    assert {name for name in errors.__all__ if name.endswith("Error")} <= set(postmark_sdk.__all__)


def test_every_generated_model_is_a_public_model() -> None:
    from postmark_sdk._generated import models as generated
    from postmark_sdk._generated import params

    assert {*generated.__all__, *params.__all__} <= set(dir(models))
    assert list(generated.__all__) == sorted(generated.__all__)
    assert list(params.__all__) == sorted(params.__all__)


@pytest.mark.parametrize("module", [postmark_sdk, models])
def test_a_name_that_is_not_there_is_an_attribute_error(module: object) -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        module.Nonsense  # type: ignore[attr-defined]  # noqa: B018 - the access is the test


def test_a_client_has_exactly_the_resources_of_the_description() -> None:
    from tests.description import document

    with postmark_sdk.PostmarkClient("token-for-tests") as client:
        tags = [tag["name"] for tag in document()["tags"]]
        assert set(tags) - set(dir(client)) == {"tag_triggers"}, "legacy is not among the suggestions"
        for tag in tags:
            resource = getattr(client, tag)
            assert type(resource).__name__ == f"{''.join(part.capitalize() for part in tag.split('_'))}Resource"
            assert getattr(client, tag) is resource
        with pytest.raises(AttributeError, match="'PostmarkClient' object has no attribute 'emial'"):
            client.emial  # type: ignore[attr-defined]  # noqa: B018 - the access is the test


def test_every_public_method_is_documented_and_twins_have_one_signature() -> None:
    from postmark_sdk._generated import resources

    for info in pkgutil.iter_modules(resources.__path__):
        module = import_module(f"postmark_sdk._generated.resources.{info.name}")
        one, other = (getattr(module, name) for name in reversed(module.__all__))
        for name, method in inspect.getmembers(one, inspect.isfunction):
            if not name.startswith("_"):
                twin = getattr(other, name)
                assert inspect.getdoc(method), f"{info.name}.{name}"
                assert list(inspect.signature(method).parameters) == list(inspect.signature(twin).parameters), name


def test_the_version_is_that_of_the_distribution() -> None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("postmark-sdk")
    except PackageNotFoundError:
        pytest.skip("the package is not installed, only on the path")
    assert installed == postmark_sdk.__version__
