"""The form to sign in with, step (D); it keeps what the person was about to do."""

from starlette.responses import Response

from verify_web.pages.asking import asking
from verify_web.pages.rendering import still
from verify_web.pages.visit import Visit


async def sign_in_form(
    visit: Visit,
    *,
    status: int = 200,
    notice: str | None = None,
    error: str | None = None,
    username: str = "",
    next_page: str | None = None,
    user_code: str | None = None,
) -> Response:
    """``user_code`` is a code that waits for the sign-in before it is looked up; a form carries it, never a URL."""
    grant = await visit.waiting_grant()
    return still(
        visit,
        "sign_in.html",
        status=status,
        asking=None if grant is None else await asking(visit, grant),
        notice=notice,
        error=error,
        username=username,
        next_page=next_page,
        user_code=user_code,
    )
