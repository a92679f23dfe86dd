"""Where an address is, as far as the operator's databases say; without one nothing is guessed."""

from dataclasses import dataclass
from typing import Protocol

from pairgrant_server.errors import PairgrantServerError


class PlacesError(PairgrantServerError):
    """A file of places can't be used; the text names each such file and says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Texts for people, "" if unknown; ``operator`` is the network's (an ISP, a company)."""

    city: str = ""
    country: str = ""
    operator: str = ""

    def __str__(self) -> str:
        """The place in one line, like "Milan, Italy, Example Telecom"."""
        return ", ".join(filter(None, (self.city, self.country, self.operator)))


class Places(Protocol):
    def place(self, address: str) -> Place | None:
        """None if nothing is known of the address."""

    def is_hosting(self, address: str) -> bool:
        """Whether the address is of a hosting provider, where no person's device stands."""


class NoPlaces:
    """Nothing is known."""

    def place(self, address: str) -> Place | None:  # noqa: ARG002
        return None

    def is_hosting(self, address: str) -> bool:  # noqa: ARG002
        return False


NO_PLACES = NoPlaces()
