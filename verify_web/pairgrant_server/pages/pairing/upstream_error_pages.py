"""The error page for each failure of a sign-in at another provider, step (D)."""

from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.upstream.upstream_error import UpstreamFailure
from pairgrant_server.authorization_server.model.records import Upstream
from pairgrant_server.front.temporary_errors import RETRY_AFTER
from pairgrant_server.pages.site.error_pages import ErrorPage
from pairgrant_server.translation import Translatable

_TEXTS: dict[UpstreamFailure, tuple[int, Translatable, Translatable]] = {
    UpstreamFailure.UNAVAILABLE: (
        503,
        Translatable("{label} is not available right now"),
        (
            Translatable(
                "You are not signed in. Try again in a minute, or sign in another way. If this keeps "
                "happening, contact the administrator of this site."
            )
        ),
    ),
    UpstreamFailure.CANCELLED: (
        403,
        Translatable("Sign-in cancelled"),
        Translatable(
            "You or {label} cancelled the sign-in. Nothing was changed. Try again, or sign in another way."
        ),
    ),
    UpstreamFailure.EXPIRED: (
        410,
        Translatable("This sign-in has expired"),
        (
            Translatable(
                "It took longer than ten minutes, was already used, or you have started another one since. "
                "Nothing was changed. Sign in again."
            )
        ),
    ),
    UpstreamFailure.INVALID_RESPONSE: (
        400,
        Translatable("Sign-in could not be verified"),
        (
            Translatable(
                "The response does not belong to a sign-in that you started in this browser, or does not "
                "come from {label}. You are not signed in, and nothing was changed. If a link brought you "
                "here, close this page. Otherwise sign in again."
            )
        ),
    ),
    UpstreamFailure.SIGN_IN_TOO_OLD: (
        403,
        Translatable("Please sign in to {label} again"),
        (
            Translatable(
                "This requires a fresh sign-in, and {label} did not ask you for one. Sign out there first, "
                "or sign in another way."
            )
        ),
    ),
    UpstreamFailure.LOCKED: (
        403,
        Translatable("This account is locked"),
        (
            Translatable(
                "You signed in correctly, but your account here is locked. Nothing was changed. Ask the "
                "administrator of this site to unlock it."
            )
        ),
    ),
    UpstreamFailure.NO_ACCOUNT: (
        403,
        Translatable("You don't have an account here"),
        (
            Translatable(
                "Your {label} account isn't linked to an account on this site, and new accounts are not "
                "created automatically. Ask the administrator of this site to link it, or sign in another "
                "way."
            )
        ),
    ),
}


def upstream_error_page(failure: UpstreamFailure, upstream: Upstream, sign_in: str) -> ErrorPage:
    """``sign_in`` is the path of the sign-in page that leads on to what the person came for."""
    status, title, text = _TEXTS[failure]
    label = visible(upstream.label)
    return ErrorPage(
        status,
        Translatable(title.message, label=label),
        Translatable(text.message, label=label),
        link=Translatable("Back to sign-in"),
        leads_to=sign_in,
        retry_after=RETRY_AFTER if failure is UpstreamFailure.UNAVAILABLE else None,
    )
