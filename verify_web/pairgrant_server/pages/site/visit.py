"""One request of one browser: its session, its CSRF token, and the cookie that goes back with the answer."""

from dataclasses import dataclass, replace
from typing import Self, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pairgrant_protocol.device_grant import Decision, decided
from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.known_browsers import LIFETIME
from pairgrant_server.accounts.sessions import Session
from pairgrant_server.authorization_server.device_flow.device_flow import DeviceGrant
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.front.gate import caller_network
from pairgrant_server.pages.site.site import Site, site_of

_Answer = TypeVar("_Answer", bound=Response)


@dataclass(frozen=True, slots=True)
class Visit:
    """``sets_cookie``: the browser does not have this cookie yet."""

    request: Request
    site: Site
    cookie: Secret
    sets_cookie: bool
    session: Session

    @classmethod
    async def of(cls, request: Request) -> Self:
        site = site_of(request)
        known = site.sessions.known_shape(request.cookies.get(site.cookie_name))
        if known is None:
            return cls(request, site, site.sessions.new_cookie(), sets_cookie=True, session=Session())
        return cls(request, site, known, sets_cookie=False, session=await site.sessions.load(known))

    async def under(self, cookie: Secret) -> Self:
        """The same request, continued in another session."""
        session = await self.site.sessions.load(cookie)
        return replace(self, cookie=cookie, sets_cookie=True, session=session)

    @property
    def user(self) -> User | None:
        return self.session.user

    @property
    def csrf_token(self) -> str:
        return self.site.sessions.csrf_token(self.cookie)

    @property
    def network(self) -> str:
        return caller_network(self.request.scope)

    async def bound_grant(self) -> DeviceGrant | None:
        """The grant whose code this browser looked up, whatever became of it."""
        grant_id = self.session.grant_id
        return None if grant_id is None else await self.site.device_flow.grant(grant_id)

    async def waiting_grant(self) -> DeviceGrant | None:
        """The same, while there is still something to decide."""
        grant = await self.bound_grant()
        if grant is None or decided(grant, Decision.DENY, self.site.clock()) is None:
            return None
        return grant

    def answered(self, response: _Answer) -> _Answer:
        """``response`` with this session's cookie, where the browser needs it."""
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
        """Which of their browsers this is, where the person with this name has signed in with it before."""
        cookie = self.request.cookies.get(self.site.known_browser_cookie_name)
        user = None if cookie is None else await self.site.people.user_by_name(username)
        return None if user is None else self.site.known_browsers.identifier(cookie, user.user_id)

    def remembering(self, user: User, response: _Answer) -> _Answer:
        """``response`` with what lets this browser be known again when ``user`` signs in."""
        name = self.site.known_browser_cookie_name
        known = self.site.known_browsers.remembering(self.request.cookies.get(name), user.user_id)
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
        """303 See Other: whatever was posted, a reload asks for the page it led to."""
        return self.answered(RedirectResponse(path, status_code=303))
