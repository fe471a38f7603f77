"""Every example of the description loads, also with any one field gone, null, odd, or joined by an unknown one."""

from __future__ import annotations

import copy
import datetime as _dt
import functools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postmark_sdk import converter, models
from postmark_sdk._core.body.encode import kind
from postmark_sdk._core.http.response import loader
from postmark_sdk._core.schema.model import Model
from postmark_sdk._generated import models as generated
from tests.description import Sample, document, plain, properties, resolve, samples

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[str | int, ...]

SAMPLES = [sample for sample in samples() if sample.schema in generated.__all__]
BY_SCHEMA = {name: [each for each in SAMPLES if each.schema == name] for name in sorted({s.schema for s in SAMPLES})}
of_every_schema = pytest.mark.parametrize("group", BY_SCHEMA.values(), ids=BY_SCHEMA)
ODD: list[Any] = ["A kind nobody has heard of", 12345678901234567890, True, [None], [5], {"a": 5}]


def module_of(schema: str) -> str:
    return str(getattr(models, schema).__module__.rpartition(".")[2])


def load(schema: str, value: Any) -> Any:
    kept = copy.deepcopy(value) if isinstance(value, dict) else value  # reading a page uses its rows up
    return loader(module_of(schema))(kept)


def dump(model: Model) -> Any:
    return kind(module_of(type(model).__name__)).dump(model)


def objects(value: Any, place: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every JSON object inside a value, with its place."""
    if isinstance(value, dict):
        yield place, value
        for key, item in value.items():
            yield from objects(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from objects(item, (*place, index))


def fields(value: Any) -> Iterator[Place]:
    for place, node in objects(value):
        yield from ((*place, key) for key in node)


def every_field(group: list[Sample]) -> list[tuple[Sample, Place]]:
    return [(sample, place) for sample in group for place in fields(sample.value)]


def every_object(group: list[Sample]) -> list[tuple[Sample, Place]]:
    return [(sample, place) for sample in group for place, _ in objects(sample.value)]


def changed(value: Any, place: Place, new: Any, *, gone: bool = False) -> Any:
    """A copy with one thing changed; what is not on the way there is shared."""
    key, rest = place[0], place[1:]
    made = copy.copy(value)
    if rest:
        made[key] = changed(value[key], rest, new, gone=gone)
    elif gone:
        del made[key]
    else:
        made[key] = new
    return made


def found(model: Any, place: Place) -> Any:
    """What the loaded model has at the place of a JSON object: a model, or the dict of a map."""
    for key in place:
        if isinstance(model, Model):
            names = {wire: name for name, wire in type(model).__wire__.items()}
            model = getattr(model, names[key]) if key in names else _elsewhere(model, str(key))
        else:
            model = model[key]
    return model


def _elsewhere(model: Model, key: str) -> Any:
    """Under an alias, among the dynamic names, or in extra."""
    maps = [value for value in vars_of(model).values() if isinstance(value, dict) and key in value]
    return maps[0][key] if maps else None


def vars_of(model: Model) -> dict[str, Any]:
    return {name: getattr(model, name) for name in dir(model) if not name.startswith("_")}


def test_every_model_has_an_example() -> None:
    used: set[str] = set()
    for sample in SAMPLES:
        model = load(sample.schema, sample.value)
        used |= {type(found(model, place)).__name__ for place, _ in objects(sample.value)}
    all_models = {name for name in generated.__all__ if isinstance(getattr(generated, name), type)}
    assert all_models - used == set()


@of_every_schema
def test_every_example_loads_without_an_unknown_field_and_says_the_same_again(group: list[Sample]) -> None:
    for sample in group:
        model = load(sample.schema, sample.value)
        for place, _ in objects(sample.value):
            part = found(model, place)
            if isinstance(part, Model):
                assert part.extra == {}, f"{place} of {sample.id}"
        assert plain(dump(model), schema_of(sample.schema)) == plain(sample.value, schema_of(sample.schema))
        assert load(sample.schema, dump(model)) == model
        assert repr(model).startswith(f"{type(model).__name__}(")


def schema_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["components"]["schemas"][name]
    return found


@of_every_schema
def test_it_loads_with_any_one_field_missing_or_null(group: list[Sample]) -> None:
    for sample, place in every_field(group):
        without = load(sample.schema, changed(sample.value, place, None, gone=True))
        model = load(sample.schema, changed(sample.value, place, None))
        assert isinstance(without, Model), place
        assert isinstance(model, Model), place
        repr(model)
        parent = found(model, place[:-1])
        if isinstance(parent, Model) and not _is_dynamic(parent, str(place[-1])):
            assert model == without, f"null and absent differ at {place}"


def _is_dynamic(model: Model, key: str) -> bool:
    return key not in type(model).__wire__.values()


@of_every_schema
def test_it_loads_with_any_one_field_odd_and_keeps_the_rest(group: list[Sample]) -> None:
    for sample, place in every_field(group):
        for odd in ODD:
            model = load(sample.schema, changed(sample.value, place, odd))
            repr(model)
            rest = changed(sample.value, place, None, gone=True)
            assert _same_but(model, load(sample.schema, rest), _main(place[0], sample.schema)), place


def _main(key: str | int, schema: str) -> str:
    aliases = {
        alias: wire
        for wire, node in properties(schema_of(schema)).items()
        for alias in node.get("x-postmark-aliases", ())
    }
    return aliases.get(str(key), str(key))


def _same_but(model: Model, other: Model, wire: str) -> bool:
    """Whether all attributes but one are equal."""
    names = [name for name, each in type(model).__wire__.items() if each != wire]
    return all(getattr(model, name) == getattr(other, name) for name in names)


@of_every_schema
def test_an_unknown_field_anywhere_stays_reachable(group: list[Sample]) -> None:
    for sample, place in every_object(group):
        model = load(sample.schema, changed(sample.value, (*place, "NewestField"), "new"))
        part = found(model, place)
        reachable = part if isinstance(part, dict) else {**part.extra, **_dynamic(part)}
        assert reachable["NewestField"] == "new", place


def _dynamic(model: Model) -> dict[str, Any]:
    """The map of counts under names that Postmark chooses, on the models of statistics."""
    own = {name for name in getattr(type(model), "__slots__", ()) if not name.startswith("_")} - {
        *type(model).__wire__,
        "extra",
    }
    return {key: value for name in own for key, value in getattr(model, name).items()}


@of_every_schema
def test_an_unknown_word_where_words_are_known_stays_that_word(group: list[Sample]) -> None:
    for sample in group:
        for wire, node in properties(schema_of(sample.schema)).items():
            if wire in sample.value and _is_enum(node):
                model = load(sample.schema, {**sample.value, wire: "Novelty"})
                assert found(model, (wire,)) == "Novelty"


def _is_enum(node: dict[str, Any]) -> bool:
    full = resolve(node)
    return "enum" in full or any(_is_enum(part) for part in full.get("oneOf", ()))


@pytest.mark.parametrize("value", [None, 5, "text", [], True])
def test_what_is_no_object_stays_as_it_came(value: Any) -> None:
    assert load("Bounce", value) is value


@pytest.mark.parametrize("odd", [5, "yesterday", [], {"a": 1}])
def test_an_odd_date_is_written_again_as_it_came(odd: Any) -> None:
    assert dump(load("Bounce", {"ID": 1, "BouncedAt": odd})) == {"ID": 1, "BouncedAt": odd}


# --- property: any value that the schemas allow -----------------------------------------------------------------------

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)
_MOMENTS = st.datetimes(
    _dt.datetime(1990, 1, 1),  # noqa: DTZ001 - the zone is drawn beside it
    timezones=st.sampled_from([_dt.timezone.utc, _dt.timezone(_dt.timedelta(hours=-5))]),
)


@functools.cache
def _known(name: str) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: values(schema_of(name)))


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON that a schema allows, roughly: lengths are not looked at, required fields may be missing."""
    if "$ref" in schema:
        return _known(schema["$ref"].rpartition("/")[2])
    if "oneOf" in schema:
        return st.one_of([values(part) for part in schema["oneOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"]) | _TEXT
    if "allOf" in schema or "properties" in schema:
        return _object(schema)
    kinds = schema.get("type", "any")
    return st.one_of([_simple(one, schema) for one in ([kinds] if isinstance(kinds, str) else kinds)])


def _object(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    optional = {wire: values(node) for wire, node in properties(schema).items()}
    return st.fixed_dictionaries({}, optional=optional)


def _simple(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if name == "string" and schema.get("format") == "date-time":
        return _MOMENTS.map(_dt.datetime.isoformat)
    if name == "string" and schema.get("format") == "date":
        return st.dates().map(_dt.date.isoformat)
    if name == "array":
        return st.lists(values(schema["items"]) if "items" in schema else _JSON, max_size=3)
    if name == "object":
        inner = schema.get("additionalProperties")
        return st.dictionaries(_TEXT, values(inner) if isinstance(inner, dict) else _JSON, max_size=3)
    return {
        "string": _TEXT,
        "integer": st.integers(),
        "number": st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
        "boolean": st.booleans(),
        "null": st.none(),
        "any": _JSON,
    }[name]


MODELS = sorted(name for name in generated.__all__ if isinstance(getattr(generated, name), type))


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=max(5, settings().max_examples // 6))
@given(data=st.data())
def test_structure_of_unstructure_is_the_same_model(name: str, data: st.DataObject) -> None:
    cls = getattr(models, name)
    value = data.draw(_known(name))
    model = converter().structure(value, cls)
    assert type(model) is cls
    again = converter().structure(converter().unstructure(model), cls)
    assert again == model
    assert converter().unstructure(again) == converter().unstructure(model)
    assert dump(model) == converter().unstructure(model)


@of_every_schema
def test_a_copy_is_equal_and_shares_what_it_holds(group: list[Sample]) -> None:
    for sample in group:
        model = load(sample.schema, sample.value)
        made = copy.copy(model)
        assert (type(made), made, made is model) == (type(model), model, False)
        assert all(getattr(made, name) is getattr(model, name) for name in model.__wire__)
