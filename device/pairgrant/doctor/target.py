"""Which server is examined, and as which client."""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from pairgrant.doctor.exchange import Form
from pairgrant_protocol.secret import Secret


@dataclass(frozen=True, slots=True)
class Target:
    """``issuer`` as it was given, because a metadata document has to name exactly that (RFC 8414 §3.3).

    ``approve_command`` is a line for the shell; None: nothing can be approved or denied.
    """

    issuer: str
    client_id: str
    client_secret: Secret | None = None
    scope: str = ""
    other_client: str | None = None
    approve_command: str | None = None
    is_thorough: bool = False
    device_endpoint: str | None = None
    token_endpoint: str | None = None

    @property
    def is_public(self) -> bool:
        return self.client_secret is None


@dataclass(frozen=True, slots=True)
class Authentication:
    """How the client authenticates: what is added to the form, and to the header."""

    form: Form = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)


def authentication_of(target: Target, metadata: dict[str, Any]) -> Authentication:
    """HTTP Basic (RFC 6749 §2.3.1), or the form where the server's metadata lists only that."""
    identity = (("client_id", target.client_id),)
    if target.client_secret is None:
        return Authentication(identity)
    methods = metadata.get("token_endpoint_auth_methods_supported")
    secret = target.client_secret.reveal()
    if isinstance(methods, list) and "client_secret_basic" not in methods and "client_secret_post" in methods:
        return Authentication((*identity, ("client_secret", secret)))
    pair = f"{quote_plus(target.client_id)}:{quote_plus(secret)}"
    return Authentication(identity, {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"})
