"""How pages name a device: as its person does, or by its client; and, quoted, by what it calls itself."""

from dataclasses import dataclass
from typing import Self

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.claimed_name import claimed_name
from pairgrant_server.authorization_server.model.records import Client


@dataclass(frozen=True, slots=True)
class ShownName:
    """``application`` is the client's name, which its operator chose; ``claimed`` the device's own, if any.

    ``given`` is the one that the person gave it. None of them is part of a page's main heading before the
    device is connected. ``parts/name.html`` writes them all.
    """

    application: str
    claimed: str | None = None
    given: str | None = None

    @classmethod
    def of(
        cls, client: Client | None, client_id: str, device_name: str | None, given_name: str | None = None
    ) -> Self:
        """The names of a device of ``client``, which is None once it is removed."""
        application = visible(client_id if client is None else client.name)
        given = None if given_name is None else visible(given_name)
        if not device_name or (client is not None and client.policy.ignores_device_names):
            return cls(application, given=given)
        claimed = claimed_name(device_name)
        return cls(application, None if claimed == application else claimed, given)

    @property
    def short(self) -> str:
        """The one name by which the person tells it from others, to be quoted."""
        return self.given or self.claimed or self.application
