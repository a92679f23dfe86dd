"""The pages that the authorization endpoint and the end-session endpoint send a browser to."""

from urllib.parse import quote

CONSENT_PATH = "/authorize/consent"
PROBLEM_PATH = "/authorize/problem"
LOGOUT_PATH = "/logout/confirm"


def consent_page(reference: str) -> str:
    """The page that asks for consent to the request with this reference."""
    return f"{CONSENT_PATH}?request={reference}"


def problem_page(why: str) -> str:
    """The page that explains an error which can't be sent back to the client."""
    return f"{PROBLEM_PATH}?why={quote(why)}"


def logout_page(sealed_request: str) -> str:
    """The page that asks whether to sign out."""
    return f"{LOGOUT_PATH}?asked={sealed_request}"
