"""What the consent page shows of a device (RFC 8628 §5.4), with untrusted text made visible."""

from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from pairgrant_protocol.user_code import display
from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.records import Client, DeviceGrant
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.shown_name import ShownName


@dataclass(frozen=True, slots=True)
class ConsentView:
    """``age`` and ``seconds_left`` in seconds."""

    name: ShownName
    unchecked_by: str | None
    """The host of this site, if the client registered itself and the operator has not checked it."""
    user_code: str = field(repr=False)
    scope: tuple[str, ...]
    optional: tuple[str, ...]
    """What of the scope may be left out."""
    may_approve: bool
    """False if only a person on the device's own network may approve, and this one is not."""
    address: str
    same_network: bool
    known_networks: bool
    """Whether the site can tell where the device and this browser are."""
    age: float
    seconds_left: float
    mark: str
    """Stands for this one grant in the form that decides it."""


async def consent_view(request: PageRequest, grant: DeviceGrant) -> ConsentView:
    """What there is to know of the device behind ``grant``, whose code this browser looked up."""
    client = await request.site.clients.client(grant.client_id)
    terms = await request.site.decisions.terms(grant, request.viewer)
    now = request.site.clock()
    return ConsentView(
        name=ShownName.of(client, grant.client_id, grant.device_name),
        unchecked_by=unchecked_by(client, request.site.public_url),
        user_code=display(request.session.user_code or ""),
        scope=terms.required_scope,
        optional=terms.optional_scope,
        may_approve=terms.may_approve,
        address=visible(grant.address),
        same_network=terms.is_same_network,
        known_networks=terms.knows_networks,
        age=now - grant.created_at,
        seconds_left=grant.expires_at - now,
        mark=grant_mark(grant),
    )


def unchecked_by(client: Client | None, public_url: str) -> str | None:
    """The host of this site, if ``client`` registered itself; None if the operator added it."""
    return urlsplit(public_url).netloc if client is not None and client.registered_with is not None else None


def grant_mark(grant: DeviceGrant) -> str:
    return sha256(grant.grant_id).hexdigest()
