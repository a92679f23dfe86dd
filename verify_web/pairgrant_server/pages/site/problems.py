"""Every page that says no: what happened, and what to do now. None of them depends on who asks."""

from dataclasses import dataclass

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp

from pairgrant_server.front.faults import RETRY_AFTER, Fault
from pairgrant_server.front.gate import Refusal
from pairgrant_server.pages.site.rendering import render, strangers_frame


@dataclass(frozen=True, slots=True)
class Problem:
    """``leads_to`` is the page that the one link goes to."""

    status: int
    title: str
    text: str
    link: str = "Enter a code"
    leads_to: str = "/device"
    retry_after: int | None = None
    """Seconds."""


NOT_FOUND = Problem(
    404,
    "There is nothing here",
    "This address leads nowhere. If you came to connect a device, enter the code that it shows.",
)
METHOD_NOT_ALLOWED = Problem(
    405, "Not this way", "This address does not take that kind of request. Start again from the first page."
)
FOREIGN = Problem(
    403,
    "That came from somewhere else",
    "Another site sent this request, or you opened this one under another address. Nothing was changed. "
    "Open the address that your device shows, and try again.",
)
TOO_MANY = Problem(
    429,
    "A moment, please",
    "More pages were asked for from your network than one person needs. Wait a minute, and try again.",
    retry_after=60,
)
NOT_YOURS = Problem(
    403,
    "This page is out of date",
    "It was open for too long, you have signed in or out since, or your browser keeps no cookies for this site. "
    "Nothing was changed. Allow cookies if you block them, and start again with the code on your device.",
)
NO_FORM = Problem(
    400,
    "That could not be read",
    "The form arrived damaged. Nothing was changed. Go back, reload the page, and try again.",
)
TOO_LARGE = Problem(413, "That is too much", "The form is larger than any of ours. Nothing was changed.")
TOO_SLOW = Problem(
    408, "That took too long", "The form did not arrive in time. Nothing was changed. Try again."
)
PASSING = Problem(
    503,
    "Back in a moment",
    "The server can't do this right now. Your device goes on waiting by itself. Reload this page in a few seconds.",
    retry_after=RETRY_AFTER,
)
BROKEN = Problem(
    500,
    "Something broke here",
    "This is our mistake, not yours, and it has been written down. Start again with the code on your device.",
)

REQUEST_OVER = Problem(
    410,
    "This sign-in is over",
    "It was decided already, or it took longer than ten minutes. Go back to the application, and start again there.",
    link="Your devices",
    leads_to="/devices",
)
OF_REQUEST = {
    "client": Problem(
        400,
        "Nobody knows this application",
        "The application that sent you here is not registered. Nothing was shared with it. Its makers have to mend that.",
        link="Your devices",
        leads_to="/devices",
    ),
    "redirect_uri": Problem(
        400,
        "This application can't be answered",
        "It wants you sent to an address that is not registered for it (redirect_uri), so you were sent nowhere, and "
        "nothing was shared. Its makers have to mend that.",
        link="Your devices",
        leads_to="/devices",
    ),
    "request_uri": Problem(
        400,
        "This sign-in is over",
        "The application's request is unknown here or too old. Go back to the application, and start again there.",
        link="Your devices",
        leads_to="/devices",
    ),
    "malformed": Problem(
        400,
        "That could not be read",
        "The application that sent you here asked in a way that makes no sense. Its makers have to mend that.",
        link="Your devices",
        leads_to="/devices",
    ),
    "logout": Problem(
        400,
        "That sign-out can't be done",
        "The application that sent you here may not ask for this. You are still signed in; you can sign out yourself.",
        link="Your devices",
        leads_to="/devices",
    ),
    "busy": TOO_MANY,
    "unavailable": Problem(
        503,
        "Back in a moment",
        "The server can't do this right now. Go back to the application, and start again there in a few seconds.",
        link="Your devices",
        leads_to="/devices",
        retry_after=RETRY_AFTER,
    ),
}
"""Why an application's request can't even be sent back to it; the key is the ``why`` in the page's address."""

_OF_FAULT = {Fault.PASSING: PASSING, Fault.OURS: BROKEN}


def problem_page(problem: Problem, public_url: str) -> HTMLResponse:
    headers = {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}
    html = render("problem.html", {**strangers_frame(public_url), "problem": problem})
    return HTMLResponse(html, problem.status, headers)


def fault_page(fault: Fault, public_url: str) -> HTMLResponse:
    return problem_page(_OF_FAULT[fault], public_url)


def refusals(public_url: str) -> dict[Refusal, ASGIApp]:
    """The gate's answers, rendered once."""
    return {
        Refusal.NOT_FOUND: problem_page(NOT_FOUND, public_url),
        Refusal.METHOD_NOT_ALLOWED: problem_page(METHOD_NOT_ALLOWED, public_url),
        Refusal.FOREIGN: problem_page(FOREIGN, public_url),
        Refusal.TOO_MANY: problem_page(TOO_MANY, public_url),
    }
