"""One request to a page: its browser session, its CSRF token, and the cookies of the response."""

from dataclasses import dataclass, replace
from typing import Self, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.browser_session import BrowserSession
from pairgrant_server.accounts.known_browsers import LIFETIME
from pairgrant_server.authorization_server.device_flow.arrival import Arrival
from pairgrant_server.authorization_server.device_flow.viewer import Viewer
from pairgrant_server.authorization_server.model.records import DeviceGrant, User
from pairgrant_server.front.gate import caller_network
from pairgrant_server.pages.site.account_language import write_for_account
from pairgrant_server.pages.site.site import Site, site_of

_Response = TypeVar("_Response", bound=Response)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """``http`` is the Starlette request; ``sets_cookie``: the browser does not have ``cookie`` yet."""

    http: Request
    site: Site
    cookie: Secret
    sets_cookie: bool
    session: BrowserSession

    @classmethod
    async def of(cls, request: Request) -> Self:
        site = site_of(request)
        known = site.sessions.known_shape(request.cookies.get(site.cookie_name))
        if known is None:
            return cls(request, site, site.sessions.new_cookie(), sets_cookie=True, session=BrowserSession())
        session = await site.sessions.load(known)
        write_for_account(session.user)
        return cls(request, site, known, sets_cookie=False, session=session)

    async def in_session(self, cookie: Secret) -> Self:
        """The same request in the session of ``cookie``, which the response will set."""
        session = await self.site.sessions.load(cookie)
        write_for_account(session.user)
        return replace(self, cookie=cookie, sets_cookie=True, session=session)

    @property
    def user(self) -> User | None:
        return self.session.user

    @property
    def viewer(self) -> Viewer:
        """Who looks at the code of this browser's session."""
        session = self.session
        return Viewer(self.network, session.user_id, session.browser_id, Arrival.from_json(session.arrival))

    @property
    def csrf_token(self) -> str:
        return self.site.sessions.csrf_token(self.cookie)

    @property
    def network(self) -> str:
        return caller_network(self.http.scope)

    async def bound_grant(self) -> DeviceGrant | None:
        """The grant whose code this browser looked up, in any state."""
        grant_id = self.session.grant_id
        return None if grant_id is None else await self.site.device_flow.grant(grant_id)

    async def pending_grant(self) -> DeviceGrant | None:
        """The same, if it can still be decided."""
        grant_id = self.session.grant_id
        return None if grant_id is None else await self.site.device_flow.open_grant(grant_id)

    async def device_has_left(self) -> bool:
        """Whether the device has cancelled the code that this browser looked up."""
        grant = await self.bound_grant()
        return grant is not None and grant.cancelled_at is not None

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

    def redirect(self, path: str) -> Response:
        """303 See Other, so that reloading the next page does not repeat a POST."""
        return self.with_session_cookie(RedirectResponse(path, status_code=303))
