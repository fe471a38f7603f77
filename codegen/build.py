"""The parser's result joined with the raw document into what the templates print.

The parser resolves references, flattens ``allOf`` and types every property; it forgets extensions, security, limits
and most descriptions, which come from the document. This module and :mod:`codegen.pytypes` are the only ones that
touch it.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError

from .document import DescriptionError, Document, Node, RawOperation
from .naming import attribute, camel_case, iterator, snake_case
from .pytypes import Converter, Type, optional

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMON_ERRORS = ("10", "100", "101")


@dataclasses.dataclass(frozen=True)
class Field:
    """One attribute of a model."""

    name: str
    wire: str
    type: Type
    required: bool
    defaultable: bool
    private: bool
    secret: bool
    description: str
    input: str | None
    kind: str | None
    aliases: tuple[str, ...]
    always: bool
    rule: dict[str, Any]

    @property
    def must_be_given(self) -> bool:
        """Whether a caller has to write it: a sender may come from the client's defaults."""
        return self.required and not self.defaultable


@dataclasses.dataclass(frozen=True)
class Mixin:
    """A handwritten class that a generated one inherits."""

    module: str
    name: str


def _mixin(node: Node) -> Mixin | None:
    text = node.get("x-postmark-mixin")
    return Mixin(*text.rsplit(".", 1)) if text else None


@dataclasses.dataclass(frozen=True)
class Model:
    """One attrs class."""

    name: str
    description: str
    fields: tuple[Field, ...]
    mixin: Mixin | None
    base: str | None
    own_fields: tuple[Field, ...]
    page_of: Type | None
    complete: bool
    dynamic: tuple[str, Type] | None
    is_request: bool
    shape: dict[str, Any]
    shorthand: str | None
    completed: bool
    is_mail: bool = False

    @property
    def kinds(self) -> dict[str, str]:
        """What each field of a mail holds, as its checks name it."""
        return {field.name: field.input or field.kind or _kind(field) for field in self.fields} if self.is_mail else {}

    @property
    def types(self) -> dict[str, str]:
        """What the plain fields of any other request take, and those with the values of a template."""
        if self.is_mail or not self.is_request:
            return {}
        plain = {
            field.name: _PLAIN.get("str" if field.type.kind == "enum" else field.type.name)
            for field in self.fields
            if not field.input
        }
        values = {field.name: field.input for field in self.fields if field.input == "template_model"}
        return {name: kind for name, kind in {**plain, **values}.items() if kind}

    @property
    def addresses(self) -> list[Field]:
        """The fields of a mail that hold addresses, the sender first."""
        return [field for field in self.fields if field.input in {"sender", "recipients"}]

    @property
    def module(self) -> str:
        """The module it is written to, without ``.py``."""
        return snake_case(self.name)

    @property
    def uses(self) -> list[str]:
        """Other models that its fields need."""
        found = {name for field in self.fields for name in field.type.models}
        return sorted(found - {self.name})

    @property
    def enums(self) -> list[str]:
        """Enums that its fields need."""
        return sorted({name for field in self.fields for name in field.type.enums})


@dataclasses.dataclass(frozen=True)
class Enum:
    """A set of words, open to new ones."""

    name: str
    description: str
    values: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Param:
    """A path or query parameter of a method."""

    name: str
    wire: str
    location: str
    type: Type
    required: bool
    default: Any
    description: str
    encode: str | None
    prefix: str | None


@dataclasses.dataclass(frozen=True)
class Body:
    """What an operation takes: one model, or a list of models (bare, or wrapped in one field)."""

    model: str
    is_list: bool
    wrapper: str | None
    min_items: int | None
    max_items: int | None
    max_bytes: int | None
    also: str | None
    handle: str | None
    in_parts: bool


@dataclasses.dataclass(frozen=True)
class Operation:
    """One method of a resource."""

    id: str
    tag: str
    name: str
    method: str
    path: str
    account: bool
    summary: str
    description: str
    params: tuple[Param, ...]
    body: Body | None
    result: Type
    returns: str
    errors: tuple[str, ...]
    idempotent: bool
    sends: bool
    timeout: str
    pagination: dict[str, Any] | None
    item: Type | None
    iterates: bool
    deprecated: str | None
    other: str | None

    @property
    def constant(self) -> str:
        """Its name in the operations table."""
        return self.id.upper()

    @property
    def label(self) -> str:
        """As a user writes it: ``bounces.list``."""
        return f"{self.tag}.{self.name}"

    @property
    def iterator(self) -> str:
        """The name of the iterating twin."""
        return iterator(self.name)

    @property
    def filters(self) -> list[Param]:
        """The parameters that the iterating twin shares: all but those that choose a page."""
        cursor = (self.pagination or {}).get("cursor", {}).get("parameter")
        return [param for param in self.params if param.wire not in {"count", "offset", "Count", "Offset", cursor}]


@dataclasses.dataclass(frozen=True)
class Resource:
    """One tag: a sync and an async class."""

    tag: str
    description: str
    operations: tuple[Operation, ...]
    mixin: Mixin | None

    @property
    def class_name(self) -> str:
        """The sync class."""
        return f"{camel_case(self.tag)}Resource"

    @property
    def deprecated_names(self) -> list[str]:
        """Its methods that Postmark advises against."""
        old = [op for op in self.operations if op.deprecated]
        return sorted({op.name for op in old} | {op.iterator for op in old if op.iterates})

    @property
    def deprecated(self) -> bool:
        """Whether all of it is."""
        return all(op.deprecated for op in self.operations)


@dataclasses.dataclass(frozen=True)
class Event:
    """One kind of webhook payload."""

    model: str
    record_type: str | None
    bounce_type: str | None


@dataclasses.dataclass(frozen=True)
class Build:
    """Everything the templates need."""

    models: tuple[Model, ...]
    enums: tuple[Enum, ...]
    resources: tuple[Resource, ...]
    events: tuple[Event, ...]
    error_codes: dict[str, Node]
    timeouts: Node

    def model(self, name: str) -> Model:
        """The model of that name."""
        return next(model for model in self.models if model.name == name)

    @property
    def answers(self) -> list[str]:
        """Models that an operation answers with, alone or in a bare list."""
        return sorted({name for resource in self.resources for op in resource.operations for name in op.result.models})

    @property
    def requests(self) -> list[Model]:
        """Models that can be part of a request body."""
        return [model for model in self.models if model.is_request]


def build(document: Document) -> Build:
    """Compile a document that passed the lint."""
    return _Builder(document, _parse(document)).build()


def _parse(document: Document) -> GeneratorData:
    config = Config.from_sources(
        ConfigFile(literal_enums=True),
        MetaType("none"),
        document_source=document.name,
        file_encoding="utf-8",
        overwrite=False,
        output_path=None,
    )
    data = GeneratorData.from_dict(document.for_parser(), config=config)
    if isinstance(data, GeneratorError):
        raise DescriptionError([f"{document.name}: {data.header}: {data.detail}"])
    warnings = [*data.errors]
    for collection in data.endpoint_collections_by_tag.values():
        warnings += collection.parse_errors
    if warnings:
        raise DescriptionError([f"{document.name}: {warning.header} {warning.detail}" for warning in warnings])
    return data


class _Builder:
    def __init__(self, document: Document, data: GeneratorData) -> None:
        self.document = document
        self.parsed_models = {str(model.class_info.name): model for model in data.models}
        self.convert = Converter(data.models).convert
        self.endpoints = {
            str(endpoint.name): endpoint
            for collection in data.endpoint_collections_by_tag.values()
            for endpoint in collection.endpoints
        }

    def build(self) -> Build:
        operations = [self._operation(raw) for raw in self.document.operations()]
        events = [self._event(raw) for raw in self.document.webhooks()]
        in_requests = self._reachable({op.body.model for op in operations if op.body})
        in_mail = self._reachable({op.body.model for op in operations if op.body and op.sends})
        in_answers = self._reachable({name for op in operations for name in op.result.models})
        in_events = self._reachable({event.model for event in events})
        pages = {name: op for op in operations if op.pagination for name in op.result.models}
        names = sorted(in_requests | in_answers | in_events)
        models = tuple(
            self._model(
                name,
                pages.get(name),
                is_request=name in in_requests,
                is_mail=name in in_mail,
                only_request=name not in in_answers | in_events,
            )
            for name in names
        )
        return Build(
            models=models,
            enums=self._enums(models, operations),
            resources=tuple(self._resource(tag, node, operations) for tag, node in self.document.tags.items()),
            events=tuple(events),
            error_codes=self.document.root.get("x-postmark-error-codes", {}),
            timeouts=self.document.root.get("x-postmark-timeouts", {}),
        )

    # --- models -----------------------------------------------------------------------------------------------------

    def _properties(self, name: str) -> dict[str, Any]:
        model = self.parsed_models[name]
        found = [*(model.required_properties or ()), *(model.optional_properties or ())]
        return {prop.name.get_untrusted_value(): prop for prop in found}

    def _reachable(self, roots: set[str]) -> set[str]:
        seen: set[str] = set()
        pending = sorted(roots)
        while pending:
            name = pending.pop()
            if name not in seen:
                seen.add(name)
                for prop in self._properties(name).values():
                    pending.extend(sorted(self.convert(prop).models))
        return seen

    def _model(
        self, name: str, page: Operation | None, *, is_request: bool, is_mail: bool, only_request: bool
    ) -> Model:
        schema = self.document.schemas[name]
        extension = functools.partial(self.document.extension, schema)
        fields = tuple(self._fields(name, page, only_request=only_request))
        base: str | None = schema.get("x-postmark-base")
        inherited = tuple(self._fields(base, None, only_request=only_request)) if base else ()
        items = page.pagination["items"] if page and page.pagination else None
        paged = next((field for field in fields if field.wire == items), None)
        return Model(
            name=name,
            description=self._schema_description(schema),
            fields=fields,
            mixin=_mixin(schema),
            base=base,
            own_fields=tuple(field for field in fields if field not in inherited),
            page_of=paged.type.inner[0] if paged else None,
            complete=bool(
                page and page.pagination and "total" not in page.pagination and "cursor" not in page.pagination
            ),
            dynamic=self._dynamic(name, schema),
            is_request=is_request,
            shape={
                "at_least_one": self._attributes(name, extension("x-postmark-at-least-one")),
                "at_most_one": self._attributes(name, extension("x-postmark-at-most-one")),
                "exactly_one": self._attributes(name, extension("x-postmark-exactly-one")),
                "max_recipients": extension("x-postmark-max-recipients"),
                "max_bytes": extension("x-postmark-max-bytes"),
            },
            shorthand=schema.get("x-postmark-shorthand"),
            completed=bool(schema.get("x-postmark-completed")),
            is_mail=is_mail,
        )

    def _schema_description(self, schema: Node) -> str:
        return str(schema["description"]).strip()

    def _attributes(self, model: str, wires: list[str] | None) -> tuple[str, ...]:
        properties = self.document.properties(self.document.schemas[model])
        return tuple(_attribute(wire, properties[wire]) for wire in wires or ())

    def _fields(self, name: str, page: Operation | None, *, only_request: bool) -> Iterator[Field]:
        schema = self.document.schemas[name]
        required = self.document.required(schema)
        types = self._properties(name)
        items = (page.pagination or {}).get("items") if page else None
        for wire, node in self.document.properties(schema).items():
            full = self.document.resolve(node)
            yield Field(
                name="items" if wire == items else _attribute(wire, node),
                wire=wire,
                type=optional(self.convert(types[wire])),
                required=wire in required or bool(node.get("x-postmark-present")),
                defaultable=bool(node.get("x-postmark-defaultable")),
                private=bool(full.get("x-postmark-private")),
                secret=full.get("x-postmark-private") == "secret",
                description=str(full.get("description", "")).strip(),
                input=node.get("x-postmark-input") if only_request else None,
                kind=node.get("x-postmark-kind"),
                aliases=tuple(node.get("x-postmark-aliases", ())),
                always=bool(node.get("x-postmark-always")),
                rule=self._rule(full, required=wire in required),
            )

    def _rule(self, node: Node, *, required: bool) -> dict[str, Any]:
        """The limits of a property; of a nullable one, those of what it is when it is not null."""
        found: dict[str, Any] = {"required": True} if required else {}
        for part in (node, *map(self.document.resolve, node.get("oneOf", ()))):
            found.update((ours, part[theirs]) for theirs, ours in _RULES.items() if theirs in part)
            found.update(
                (ours, part[outer]["maxLength"]) for outer, ours in _MAP_RULES.items() if _has_length(part.get(outer))
            )
        return found

    def _dynamic(self, name: str, schema: Node) -> tuple[str, Type] | None:
        attribute_name = self.document.extension(schema, "x-postmark-extra")
        additional = self.parsed_models[name].additional_properties
        return (attribute_name, self.convert(additional)) if attribute_name and additional else None

    def _enums(self, models: tuple[Model, ...], operations: list[Operation]) -> tuple[Enum, ...]:
        used = {name for model in models for name in model.enums}
        used |= {name for op in operations for param in op.params for name in param.type.enums}
        schemas = self.document.schemas
        return tuple(
            Enum(name, str(schemas[name]["description"]).strip(), tuple(schemas[name]["enum"])) for name in sorted(used)
        )

    # --- operations -------------------------------------------------------------------------------------------------

    def _resource(self, tag: str, node: Node, operations: list[Operation]) -> Resource:
        return Resource(
            tag=tag,
            description=str(node.get("description", "")).strip(),
            operations=tuple(operation for operation in operations if operation.tag == tag),
            mixin=_mixin(node),
        )

    def _operation(self, raw: RawOperation) -> Operation:
        node = raw.node
        name: str = node["operationId"]
        tag: str = node["tags"][0]
        result = self._result(name)
        return Operation(
            id=name,
            tag=tag,
            name=name.removeprefix(f"{tag}_"),
            method=raw.method.upper(),
            path=raw.path,
            account=next(scheme for item in node["security"] for scheme in item) == "accountToken",
            summary=node["summary"].strip(),
            description=node["description"].strip(),
            params=tuple(self._params(raw)),
            body=self._body(node),
            result=result,
            returns=str(node.get("x-postmark-returns", "")).strip(),
            errors=tuple(dict.fromkeys((*_COMMON_ERRORS, *(str(code) for code in node["x-postmark-errors"])))),
            idempotent=node["x-postmark-idempotent"],
            sends=bool(node.get("x-postmark-sends")),
            timeout=node["x-postmark-timeout"],
            pagination=self._pagination(raw),
            item=self._item(node, result),
            iterates="x-postmark-pagination" in node and name.removeprefix(f"{tag}_").startswith("list"),
            deprecated=node.get("x-postmark-deprecated"),
            other=node.get("x-postmark-other"),
        )

    def _result(self, name: str) -> Type:
        patterns = self.endpoints[name].responses.patterns
        return optional(
            self.convert(next(answer.prop for answer in patterns if answer.status_code.range == (200, 200)))
        )

    def _item(self, node: Node, result: Type) -> Type | None:
        paging = node.get("x-postmark-pagination")
        return self.convert(self._properties(result.name)[paging["items"]]).inner[0] if paging else None

    def _pagination(self, raw: RawOperation) -> dict[str, Any] | None:
        """The extension with the spelling of this list's page parameters added."""
        paging = raw.node.get("x-postmark-pagination")
        if paging is None:
            return None
        names = {node["name"].lower(): node["name"] for node in self.document.parameters(raw)}
        return {**paging, "count": names.get("count", "count"), "offset": names.get("offset", "offset")}

    def _params(self, raw: RawOperation) -> Iterator[Param]:
        endpoint = self.endpoints[raw.node["operationId"]]
        types = {
            prop.name.get_untrusted_value(): prop for prop in (*endpoint.path_parameters, *endpoint.query_parameters)
        }
        for node in self.document.parameters(raw):
            schema = self.document.resolve(node["schema"])
            kind = optional(self.convert(types[node["name"]]))
            yield Param(
                name=_attribute(node["name"], node),
                wire=node["name"],
                location=node["in"],
                type=Type("map", inner=(Type("scalar", "str"),)) if "x-postmark-prefix" in node else kind,
                required=bool(node.get("required")),
                default=schema.get("default"),
                description=str(node["description"]).strip(),
                encode=node.get("x-postmark-encode") or ("day" if schema.get("format") == "date" else None),
                prefix=node.get("x-postmark-prefix"),
            )

    def _body(self, node: Node) -> Body | None:
        if "requestBody" not in node:
            return None
        schema: Node = node["requestBody"]["content"]["application/json"]["schema"]
        wrapper: str | None = node.get("x-postmark-body-list")
        rows = self.document.properties(schema)[wrapper] if wrapper else self.document.resolve(schema)
        is_list = rows.get("type") == "array"
        return Body(
            model=_schema_name(rows["items"] if is_list else schema),
            is_list=is_list,
            wrapper=wrapper,
            min_items=rows.get("minItems"),
            max_items=rows.get("maxItems"),
            max_bytes=node["requestBody"].get("x-postmark-max-bytes"),
            also=node.get("x-postmark-also"),
            handle=node.get("x-postmark-handle"),
            in_parts=bool(node.get("x-postmark-in-parts")),
        )

    def _event(self, raw: RawOperation) -> Event:
        node = raw.node
        return Event(node["x-postmark-event"], node.get("x-postmark-record-type"), node.get("x-postmark-bounce-type"))


def _attribute(wire: str, node: Node) -> str:
    return str(node.get("x-postmark-name") or attribute(wire))


def _schema_name(node: Node) -> str:
    return str(node["$ref"]).rpartition("/")[2]


_RULES = {
    "maxLength": "max_length",
    "x-postmark-max-bytes": "max_bytes",
    "minItems": "min_items",
    "maxItems": "max_items",
    "maxProperties": "max_properties",
    "minimum": "minimum",
    "maximum": "maximum",
    "x-postmark-forbidden-extensions": "forbidden_extensions",
}
_MAP_RULES = {"propertyNames": "max_key_length", "additionalProperties": "max_value_length"}


def _kind(field: Field) -> str:
    """What a field holds that takes no input of its own form."""
    kind = field.type
    if kind.kind == "list":
        return "models" if kind.models else "list"
    if kind.name == "str":
        return "text" if "max_bytes" in field.rule else "line"
    return {"bool": "flag", "int": "number"}.get(kind.name, "line" if kind.kind == "enum" else kind.kind)


_PLAIN = {"str": "text", "bool": "flag", "int": "number"}


def _has_length(node: Any) -> bool:
    return isinstance(node, dict) and "maxLength" in node
