"""``/logout``: a client asks to end a person's session (OpenID Connect RP-Initiated Logout 1.0).

By GET or POST, from any site, so nothing ends here: the request is checked, sealed, and shown on a page that
asks the person.
"""

from collections.abc import Callable

from pairgrant_server.authorization_server.code_flow.logout_requests import LogoutRequests
from pairgrant_server.authorization_server.code_flow.page_paths import logout_page, problem_page
from pairgrant_server.authorization_server.endpoints.authorize import query_of, see_other
from pairgrant_server.authorization_server.endpoints.form_request import form_of
from pairgrant_server.authorization_server.errors import OAuthError
from pairgrant_server.authorization_server.http.form import FormError
from pairgrant_server.authorization_server.http.message import Endpoint, Request, Response
from pairgrant_server.authorization_server.store.errors import StoreUnavailableError


def end_session_endpoints(requests: LogoutRequests) -> dict[str, Endpoint]:
    """Method -> endpoint."""

    async def end_session(request: Request, read: Callable[[Request], dict[str, str]]) -> Response:
        try:
            asked = await requests.checked(read(request))
        except (FormError, OAuthError):
            return see_other(problem_page("malformed"))
        except StoreUnavailableError:
            return see_other(problem_page("unavailable"))
        if asked is None:
            return see_other(problem_page("logout"))
        return see_other(logout_page(requests.seal(asked)))

    async def by_get(request: Request) -> Response:
        return await end_session(request, query_of)

    async def by_post(request: Request) -> Response:
        return await end_session(request, form_of)

    return {"GET": by_get, "POST": by_post}
