"""UpstreamFailure a sign-in at another provider did not lead in, step (D), said to the person: what happened, and what to do now."""

from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.upstream.upstream_error import UpstreamFailure
from pairgrant_server.authorization_server.model.records import Upstream
from pairgrant_server.front.temporary_errors import RETRY_AFTER
from pairgrant_server.pages.site.error_pages import ErrorPage

_WORDS: dict[UpstreamFailure, tuple[int, str, str]] = {
    UpstreamFailure.UNAVAILABLE: (
        503,
        "{label} can't be asked right now",
        (
            "You are not signed in; nothing is lost. Try again in a minute, or sign in another way. If it goes on, tell who "
            "runs this site."
        ),
    ),
    UpstreamFailure.CANCELLED: (
        403,
        "Not signed in",
        "You or {label} ended the sign-in there. Nothing was changed. Try again, or sign in another way.",
    ),
    UpstreamFailure.EXPIRED: (
        410,
        "This sign-in is over",
        (
            "It took longer than ten minutes, was used already, or you began another one since. Nothing was changed. "
            "Sign in again."
        ),
    ),
    UpstreamFailure.INVALID_RESPONSE: (
        400,
        "That answer does not fit",
        (
            "It is not the answer to a sign-in that you began in this browser, or not from {label}. You are not signed "
            "in, and nothing was changed. If you followed a link to get here, close this page; else sign in again."
        ),
    ),
    UpstreamFailure.SIGN_IN_TOO_OLD: (
        403,
        "Please sign in there anew",
        (
            "What you want to do here asks for a fresh sign-in, and {label} did not ask you. Sign out there first, or sign "
            "in another way."
        ),
    ),
    UpstreamFailure.LOCKED: (
        403,
        "This account is locked",
        "You are who you say, but your account here is locked. Nothing was changed. Ask who runs this site to unlock it.",
    ),
    UpstreamFailure.NO_ACCOUNT: (
        403,
        "There is no account for you here",
        (
            "{label} knows you, but nobody here signs in with that account, and none is made for who comes. Ask who runs "
            "this site to link it to yours, or sign in another way."
        ),
    ),
}


def upstream_error_page(why: UpstreamFailure, upstream: Upstream, sign_in: str) -> ErrorPage:
    """``sign_in`` is the path of the sign-in that leads on to what the person came for."""
    status, title, text = _WORDS[why]
    label = visible(upstream.label)
    return ErrorPage(
        status,
        title.format(label=label),
        text.format(label=label),
        link="Back to the sign-in",
        leads_to=sign_in,
        retry_after=RETRY_AFTER if why is UpstreamFailure.UNAVAILABLE else None,
    )
