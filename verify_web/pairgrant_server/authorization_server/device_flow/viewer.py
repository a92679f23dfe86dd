"""Who looks at a code: an account, a browser, its network, and how it came there, step (D)."""

from pairgrant_protocol.record import record
from pairgrant_server.authorization_server.device_flow.arrival import TYPED, Arrival


@record
class Viewer:
    """``network`` is the browser's (see ``network_of``); ``user_id`` None: not signed in."""

    network: str
    user_id: str | None = None
    browser_id: str | None = None
    arrival: Arrival = TYPED
