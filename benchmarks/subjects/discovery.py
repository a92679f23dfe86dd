"""Where a server introspects tokens, if anywhere, and as whom it is asked."""

import base64
import http.client
import json
from urllib.parse import urlsplit

from benchmarks.subjects.subject import RESOURCE_SERVER, RESOURCE_SERVER_SECRET

DISCOVERY = "/.well-known/oauth-authorization-server"

_PAIR = f"{RESOURCE_SERVER}:{RESOURCE_SERVER_SECRET.replace(' ', '+')}"
RESOURCE_SERVER_BASIC = f"Basic {base64.b64encode(_PAIR.encode()).decode()}"
"""Form-encoded first (RFC 6749 §2.3.1)."""


def introspection_path(port: int) -> str | None:
    """The path of the endpoint that the discovery document names (RFC 8414 §2); None where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", DISCOVERY)
        response = connection.getresponse()
        members = json.loads(response.read()) if response.status == 200 else {}
    except (http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    endpoint = members.get("introspection_endpoint")
    return urlsplit(endpoint).path if endpoint else None
