"""The mails of one call. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from ..body.encode import Parts, enclosed
from ..body.payload import Payload
from ..schema.generated import generated

if TYPE_CHECKING:
    from ..schema.operation import Operation

# The rows of an answer are taken as they are: a report needs no models of them.
_OPERATIONS = generated("operations")
PLAIN: Operation[Any] = evolve(_OPERATIONS.EMAILS_SEND_BATCH, answer=None)
TEMPLATED: Operation[Any] = evolve(_OPERATIONS.EMAILS_SEND_BATCH_WITH_TEMPLATES, answer=None)


@define(eq=False, repr=False)
class Chunk:
    """The messages of one call, or some on their way into one."""

    operation: Operation[Any] = PLAIN
    places: list[int] = field(factory=list)
    """One for each of the first messages; those that are being added follow."""
    messages: list[Any] = field(factory=list)
    parts: Parts = field(factory=list)
    """Of its messages, each followed by a comma."""
    size: int = 0
    """Bytes of these."""

    def payload(self) -> Payload:
        """Its body."""
        assert self.operation.body is not None  # noqa: S101 - both take one
        return Payload(enclosed(self.operation.body, self.parts[:-1]))

    def take(self, other: Chunk) -> None:
        """Append the messages of another one."""
        self.messages += other.messages
        self.places += other.places
        self.parts += other.parts
        self.size += other.size
