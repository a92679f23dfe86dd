"""The resource server's metadata, by which clients discover its authorization server (RFC 9728)."""

from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from pairgrant_protocol.messages import MalformedMessageError, web_uri
from pairgrant_protocol.metadata import check_issuer
from pairgrant_server.authorization_server.jose.public_keys import SIGNING_ALGORITHMS
from pairgrant_server.authorization_server.model.scopes import BOARD_READ, BOARD_WRITE
from pairgrant_server.errors import PairgrantServerError

_SUFFIX = "/.well-known/oauth-protected-resource"

READ = BOARD_READ
WRITE = BOARD_WRITE


class ResourceIdentifierError(PairgrantServerError, ValueError):
    """An invalid resource identifier; the text says what to write instead."""


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """A resource identifier (RFC 8707 §2) and the issuer whose tokens it takes."""

    identifier: str
    issuer: str

    @classmethod
    def named(cls, identifier: str, issuer: str) -> Self:
        """Raises ``ResourceIdentifierError``, ``IssuerError``."""
        try:
            web_uri(identifier, "resource")
        except MalformedMessageError:
            usable = False
        else:
            usable = not any(character in identifier for character in '?#"')
        if not usable or identifier.endswith("/"):
            raise ResourceIdentifierError(
                f"{identifier!r} is not a resource identifier: write it like https://pair.example/board"
            )
        return cls(identifier, check_issuer(issuer))

    @property
    def path(self) -> str:
        return urlsplit(self.identifier).path

    @property
    def metadata_path(self) -> str:
        """The well-known name stands between host and path (RFC 9728 §3.1)."""
        return _SUFFIX + self.path

    @property
    def metadata_url(self) -> str:
        return self.identifier.removesuffix(self.path) + self.metadata_path

    def metadata(self) -> dict[str, Any]:
        return {
            "resource": self.identifier,
            "authorization_servers": [self.issuer],
            "scopes_supported": [READ, WRITE],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
            "resource_name": "Pairgrant board",
        }
