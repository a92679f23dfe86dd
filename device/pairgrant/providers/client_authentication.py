"""The authentication of a confidential client by HTTP Basic (RFC 6749 §2.3.1)."""

from base64 import b64encode
from urllib.parse import quote


def basic(client_id: str, client_secret: str) -> str:
    """The value of ``Authorization``, with both parts form-encoded first.

    A space is ``%20``: some servers don't decode ``+``, and those that decode forms know both.
    """
    pair = ":".join(quote(part, safe="") for part in (client_id, client_secret))
    return f"Basic {b64encode(pair.encode()).decode()}"
