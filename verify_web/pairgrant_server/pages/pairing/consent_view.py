"""What the consent page shows of a device (RFC 8628 §5.4), with untrusted text made visible."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pairgrant_protocol.user_code import display
from pairgrant_protocol.visible_text import visible
from pairgrant_protocol.vocabulary import DeviceCapability
from pairgrant_server.accounts.browser_session import pairing_mark
from pairgrant_server.authorization_server.device_flow.approval import ends_too_late
from pairgrant_server.authorization_server.device_flow.pairing_decisions import Presented
from pairgrant_server.authorization_server.limits.network import is_known
from pairgrant_server.authorization_server.model.claimed_name import claimed_name
from pairgrant_server.authorization_server.model.records import Client, DeviceGrant
from pairgrant_server.authorization_server.model.risk_records import DeviceKey
from pairgrant_server.authorization_server.risk.evidence import Network
from pairgrant_server.authorization_server.risk.profile import Decision
from pairgrant_server.pages.pairing.reason_texts import cause_texts, note_texts
from pairgrant_server.pages.site.formatting import place_text
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.shown_name import ShownName
from pairgrant_server.translation import gettext


@dataclass(frozen=True, slots=True)
class ConsentView:
    """``age`` in seconds."""

    name: ShownName
    label: str | None
    """What the device says that it is labelled with, unless the person has to enter that."""
    enrolled: str | None
    """What the operator enrolled it as."""
    unchecked_by: str | None
    """The host of this site, if the client registered itself and the operator has not checked it."""
    is_same_machine: bool
    """Whether the device has a browser of its own, and this one is in its network."""
    is_reported: bool
    user_code: str = field(repr=False)
    scope: tuple[str, ...]
    optional: tuple[str, ...]
    """What of the scope may be left out."""
    withheld: tuple[str, ...]
    """What of the scope the evidence is too weak for."""
    connection_lifetime: int | None
    """Seconds; shorter than usual, because the evidence is weak."""
    may_approve: bool
    needs_same_network: bool
    """Only a person on the device's own network may approve, and this one is not."""
    asks_number: bool
    asks_label: bool
    is_too_late: bool
    holds: bool
    """The approval would take effect only after a hold."""
    is_refused: bool
    notes: tuple[str, ...]
    """What else is worth knowing about it."""
    reasons: tuple[str, ...]
    """Why the approval is refused or on hold."""
    network: Network
    address: str | None
    """None if it is unknown where the device is."""
    place: str
    age: float
    mark: str
    """Stands for this one grant in the form that decides it."""

    @property
    def has_fields(self) -> bool:
        """Whether the person has to type something beside Approve."""
        return self.may_approve and (self.asks_number or self.asks_label)


async def consent_view(request: PageRequest, grant: DeviceGrant, presented: Presented) -> ConsentView:
    """What there is to know of the device behind ``grant``, whose code this browser looked up."""
    client = await request.site.clients.client(grant.client_id)
    terms = presented.terms
    now = request.site.clock()
    is_too_late = ends_too_late(terms, grant.expires_at, now)
    capabilities = grant.capabilities.split()
    is_refused = terms.foreseen.decision in {Decision.REFUSE, Decision.ASK_CODE}
    label = None if terms.requires_label else claimed_name(grant.device_label or "")
    return ConsentView(
        name=ShownName.of(client, grant.client_id, grant.device_name),
        label=label,
        enrolled=None if presented.enrolled is None else _enrolled(presented.enrolled),
        unchecked_by=unchecked_by(client, request.site.public_url),
        is_same_machine=DeviceCapability.BROWSER in capabilities and terms.is_same_network,
        is_reported=presented.is_reported,
        user_code="" if request.pairing is None else display(request.pairing.user_code),
        scope=terms.required_scope,
        optional=terms.optional_scope,
        withheld=terms.withheld_scope,
        connection_lifetime=terms.connection_lifetime,
        may_approve=terms.may_approve and not is_refused and not is_too_late,
        needs_same_network=not terms.allows_network,
        asks_number=terms.asks_number,
        asks_label=terms.requires_label,
        is_too_late=is_too_late,
        holds=terms.holds,
        is_refused=is_refused,
        notes=note_texts(terms.foreseen.reasons, grant.device_name),
        reasons=cause_texts(terms.foreseen.reasons) if terms.holds or is_refused else (),
        network=terms.network,
        address=visible(grant.address) if is_known(grant.address) else None,
        place=place_text(request.site.places.place(grant.address)),
        age=now - grant.created_at,
        mark=grant_mark(grant),
    )


def _enrolled(key: DeviceKey) -> str:
    """Its name and place, and the owner: ``Lobby screen, ground floor (owner: Facilities)``."""
    named = ", ".join(visible(text) for text in (key.name, key.place) if text)
    if not key.owner:
        return named
    return gettext("{name} (owner: {owner})", name=named, owner=visible(key.owner))


def unchecked_by(client: Client | None, public_url: str) -> str | None:
    """The host of this site, if ``client`` registered itself; None if the operator added it."""
    return urlsplit(public_url).netloc if client is not None and client.registered_with is not None else None


def grant_mark(grant: DeviceGrant) -> str:
    return pairing_mark(grant.grant_id)
