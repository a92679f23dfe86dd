"""How pages name a device: by its client, and below that, quoted, by what it calls itself."""

from dataclasses import dataclass
from typing import Self

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.claimed_name import claimed_name
from pairgrant_server.authorization_server.model.records import Client


@dataclass(frozen=True, slots=True)
class ShownName:
    """``application`` is the client's name, which its operator chose; ``claimed`` the device's own, if any.

    Neither is part of a page's main heading. ``parts/name.html`` writes both.
    """

    application: str
    claimed: str | None = None

    @classmethod
    def of(cls, client: Client | None, client_id: str, device_name: str | None) -> Self:
        """The names of a device of ``client``, which is None once it is removed."""
        application = visible(client_id if client is None else client.name)
        if not device_name or (client is not None and client.policy.ignores_device_names):
            return cls(application)
        claimed = claimed_name(device_name)
        return cls(application, None if claimed == application else claimed)
