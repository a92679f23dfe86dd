"""The exchanges of one scenario, by their labels; what the judgements read."""

from dataclasses import dataclass, field
from typing import Any

from pairgrant.doctor.exchange import Exchange
from pairgrant.errors import PairgrantError


class NotRecordedError(PairgrantError):
    """The exchange that a judgement needs is missing; the text says why."""


@dataclass(slots=True)
class Record:
    """``metadata`` is the server's metadata, merged from its documents, as far as it is usable.

    ``facts`` are what isn't an exchange, such as the exit code of the approve command.
    """

    issuer: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    is_public: bool = True
    scope: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    gap: str = ""
    """Why the scenario was left before its end; "" if it wasn't."""

    def all(self, label: str) -> tuple[Exchange, ...]:
        """Every exchange with this label, in order, whether it has a response or not."""
        return tuple(exchange for exchange in self.exchanges if exchange.label == label)

    def one(self, label: str) -> Exchange:
        """The last exchange with this label.

        Raises:
            NotRecordedError: it was not sent, or has no response.
        """
        found = self.all(label)
        if not found:
            raise NotRecordedError(self.gap or f"the request {label!r} was not sent")
        if found[-1].failure:
            raise NotRecordedError(f"{label}: no response ({found[-1].failure})")
        return found[-1]

    def fact(self, name: str) -> str:
        """A fact.

        Raises:
            NotRecordedError: it is not known.
        """
        if name not in self.facts:
            raise NotRecordedError(self.gap or f"{name} is not known")
        return self.facts[name]
