"""One request to a page: its browser session, the pairing that it names, and the cookies of the response."""

from dataclasses import dataclass, replace
from typing import Self, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.browser_session import BrowserSession, LookedUpPairing, pairing_mark
from pairgrant_server.accounts.known_browsers import LIFETIME
from pairgrant_server.authorization_server.device_flow.arrival import Arrival
from pairgrant_server.authorization_server.device_flow.viewer import Viewer
from pairgrant_server.authorization_server.model.records import DeviceGrant, User
from pairgrant_server.front.gate import caller_network
from pairgrant_server.pages.site.account_language import write_for_account
from pairgrant_server.pages.site.flash import NOTHING, Flash
from pairgrant_server.pages.site.site import COOKIES, Site, site_of

PAIRING = "pairing"
"""The member of a query that names a pairing."""

_Response = TypeVar("_Response", bound=Response)


_PART_HEADER = "X-Pairgrant-Part"
"""Of requests by ``static/live/*.js``; other sites can't send it without a preflight, which is refused."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """``http`` is the Starlette request; ``sets_cookie``: the browser does not have ``cookie`` yet.

    ``mark`` names the pairing that the page or form is about; None stands for the latest one.
    """

    http: Request
    site: Site
    cookie: Secret
    sets_cookie: bool
    session: BrowserSession
    mark: str | None = None

    @classmethod
    async def of(cls, request: Request) -> Self:
        site = site_of(request)
        mark = request.query_params.get(PAIRING)
        known = site.sessions.known_shape(request.cookies.get(site.cookie_name))
        if known is None:
            return cls(request, site, site.sessions.new_cookie(), True, BrowserSession(), mark)
        session = await site.sessions.load(known)
        await site.scopes.refresh()
        write_for_account(session.user)
        return cls(request, site, known, False, session, mark)

    @property
    def wants_part(self) -> bool:
        """Whether the script of a live page that is open asks for the live part alone."""
        return _PART_HEADER in self.http.headers

    async def in_session(self, cookie: Secret) -> Self:
        """The same request in the session of ``cookie``, which the response will set."""
        session = await self.site.sessions.load(cookie)
        write_for_account(session.user)
        return replace(self, cookie=cookie, sets_cookie=True, session=session)

    @property
    def user(self) -> User | None:
        return self.session.user

    @property
    def pairing(self) -> LookedUpPairing | None:
        """The pairing that the page or form is about, if this browser has looked its code up."""
        return self.session.pairing(self.mark)

    def about(self, grant: DeviceGrant) -> Self:
        """The same request, about a grant whose code was just looked up."""
        return replace(self, mark=pairing_mark(grant.grant_id))

    def path_of_pairing(self, path: str) -> str:
        """``path`` of a page about the same pairing."""
        return path if self.pairing is None else f"{path}?{PAIRING}={self.pairing.mark}"

    @property
    def viewer(self) -> Viewer:
        """Who looks at the code of the pairing."""
        session = self.session
        arrival = Arrival.from_json(None if self.pairing is None else self.pairing.arrival)
        return Viewer(self.network, session.user_id, session.browser_id, arrival)

    @property
    def csrf_token(self) -> str:
        return self.site.sessions.csrf_token(self.cookie)

    @property
    def network(self) -> str:
        return caller_network(self.http.scope)

    async def bound_grant(self) -> DeviceGrant | None:
        """The grant of the pairing, in any state."""
        pairing = self.pairing
        return None if pairing is None else await self.site.device_flow.grant(pairing.grant_id)

    async def pending_grant(self) -> DeviceGrant | None:
        """The same, if it can still be decided."""
        pairing = self.pairing
        return None if pairing is None else await self.site.device_flow.open_grant(pairing.grant_id)

    async def device_has_left(self) -> bool:
        """Whether the device has cancelled the code of the pairing."""
        grant = await self.bound_grant()
        return grant is not None and grant.cancelled_at is not None

    async def code_has_expired(self) -> bool:
        """Whether the code of the pairing has expired before a decision."""
        grant = await self.bound_grant()
        if grant is None or grant.status is not GrantStatus.PENDING:
            return False
        return await self.pending_grant() is None

    def with_session_cookie(self, response: _Response) -> _Response:
        """Add the session cookie to ``response`` if the browser does not have it yet."""
        if self.sets_cookie:
            response.set_cookie(
                self.site.cookie_name,
                self.cookie.reveal(),
                secure=self.site.is_https,
                httponly=True,
                samesite="lax",
                path="/",
            )
        return response

    async def known_browser_of(self, username: str) -> str | None:
        """The identifier of this browser if ``username`` has signed in with it before."""
        cookie = self.http.cookies.get(self.site.known_browser_cookie_name)
        user = None if cookie is None else await self.site.people.user_by_name(username)
        return None if user is None else self.site.known_browsers.identifier(cookie, user.user_id)

    def with_known_browser_cookie(self, user: User, response: _Response) -> _Response:
        """Add the cookie by which this browser is recognized at the next sign-in of ``user``."""
        name = self.site.known_browser_cookie_name
        known = self.site.known_browsers.cookie_after_sign_in(self.http.cookies.get(name), user.user_id)
        response.set_cookie(
            name,
            known.reveal(),
            max_age=LIFETIME,
            secure=self.site.is_https,
            httponly=True,
            samesite="lax",
            path="/",
        )
        return response

    def redirect(self, path: str, flash: Flash | None = None) -> Response:
        """303 See Other, so that reloading the next page does not repeat a POST; it says ``flash`` once."""
        response = self.with_session_cookie(RedirectResponse(path, status_code=303))
        if flash is not None:
            # The browser may have got the successor's cookie from another response in the meantime.
            reader = self.session.successor or self.cookie
            self.site.flashes.put(response, reader, path.partition("#")[0], flash)
        return response

    @property
    def flash(self) -> Flash | None:
        """What the form that led here has to say; None for any other request."""
        flashes = self.site.flashes
        return flashes.read(self.http.cookies.get(flashes.cookie_name), self.cookie, self._target)

    def take_flash(self) -> Flash:
        """The same, said only once; empty for any other request."""
        flash = self.flash
        if flash is None or self.wants_part:
            return NOTHING
        self.http.scope[COOKIES].append(self.site.flashes.removal(self._target))
        return flash

    @property
    def _target(self) -> str:
        url = self.http.url
        return f"{url.path}?{url.query}" if url.query else url.path
