"""How a browser came to the code that it looked up, as the evidence needs it; kept with its session."""

import json
from dataclasses import asdict
from typing import Self

from pairgrant_protocol.fresh_scan import is_fresh
from pairgrant_protocol.record import record
from pairgrant_protocol.secret import Secret
from pairgrant_server.authorization_server.device_flow.opened_link import OpenedLink
from pairgrant_server.authorization_server.risk.evidence import CameFrom, Entry


@record
class Arrival:
    entry: Entry = Entry.TYPED
    came_from: CameFrom = CameFrom.UNKNOWN
    is_fresh_scan: bool = False
    """The link had a proof that was fresh when it was opened."""
    has_wrong_number: bool = False
    """The person typed another number than the device shows, which denied the pairing."""
    has_confirmed: bool = False
    """After a hold, the person said that their own screen signed in."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | None) -> Self:
        """The arrival behind ``to_json``; a typed code where nothing is stored."""
        if text is None:
            return cls()
        members = json.loads(text)
        return cls(
            Entry(members["entry"]),
            CameFrom(members["came_from"]),
            members["is_fresh_scan"],
            members["has_wrong_number"],
            members.get("has_confirmed", False),
        )


TYPED = Arrival()


def arrival_of(link: OpenedLink | None, user_code: str, proof_key: Secret, created_at: float) -> Arrival:
    """How the browser came to ``user_code`` (normalized), whose codes were issued at ``created_at``.

    A person who replaced the code of the link typed the new one.
    """
    if link is None or link.user_code != user_code:
        return TYPED
    age = link.opened_at - created_at
    fresh = link.proof is not None and is_fresh(proof_key, user_code, link.proof, age)
    return Arrival(Entry.PREFILLED, link.came_from, fresh)
