"""What the description says of one endpoint, as the rest of the package uses it."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from attrs import define, field

T = TypeVar("T")


class Pagination(NamedTuple):
    """How a list is cut into pages. Names are those of the wire.

    Most lists spell their page parameters in lower case, templates with a capital.
    """

    items: str
    total: str | None = None
    max_page: int | None = None
    max_window: int | None = None
    time_field: str | None = None
    time_from: str | None = None
    time_to: str | None = None
    time_hint: str | None = None
    key: tuple[str, ...] = ()
    cursor_parameter: str | None = None
    cursor_field: str | None = None
    count_parameter: str = "count"
    offset_parameter: str = "offset"


class Body(NamedTuple):
    """What an operation takes: a model, or a list of models, bare or in the one field ``wrapper``."""

    model: str
    is_list: bool = False
    wrapper: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    max_bytes: int | None = None


@define(eq=False)
class Operation(Generic[T]):
    """One endpoint, with the type of its answer.

    ``answer`` is the module of a model; ``answer_is_list`` says that a bare JSON array comes back. ``other`` is the
    id of the operation that takes the other kind of mail.
    """

    id: str
    label: str
    method: str
    path: str
    account: bool = field(kw_only=True)
    idempotent: bool = field(kw_only=True)
    timeout: str = field(kw_only=True)
    errors: tuple[int, ...] = field(kw_only=True)
    body: Body | None = field(default=None, kw_only=True)
    answer: str | None = field(default=None, kw_only=True)
    answer_is_list: bool = field(default=False, kw_only=True)
    pagination: Pagination | None = field(default=None, kw_only=True)
    sends: bool = field(default=False, kw_only=True)
    other: str | None = field(default=None, kw_only=True)
