"""The settings of the authorization server; durations in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """``public_url`` is the issuer, configured and never derived from a Host header; no trailing slash."""

    public_url: str
    device_code_lifetime: int = 600
    interval: int = 5
    access_token_lifetime: int = 600
    refresh_token_lifetime: int = 30 * 86_400
    """A refresh token expires after this long without use."""
    connection_lifetime: int = 180 * 86_400
    """A connected device has to be paired again after this long, however active it is."""
    device_authorizations_per_address: int = 60
    """A minute; 0 for no limit."""
    device_authorizations_per_client: int = 6000
    """A minute; 0 for no limit."""

    key_rotation: int = 90 * 86_400
    """The age at which a signing key is replaced by a new one; 0 for never."""

    authorization_requests_per_address: int = 300
    """A minute, for the code flow; many people may share an address. 0 for no limit."""
    authorization_requests_per_client: int = 6000
    """A minute, pushed by a confidential client; 0 for no limit."""

    requires_dpop_nonce: bool = False
    """Whether every DPoP proof must have a nonce of this server (RFC 9449 §8)."""

    @property
    def resource(self) -> str:
        """The identifier of the built-in resource server (RFC 8707 §2)."""
        return f"{self.public_url}/board"
