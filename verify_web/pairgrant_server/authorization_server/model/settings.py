"""What the authorization server needs to know of its surroundings; durations in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """``public_url`` is the issuer, configured and never derived from a Host header; no trailing slash."""

    public_url: str
    device_code_lifetime: int = 600
    interval: int = 5
    access_token_lifetime: int = 600
    refresh_token_lifetime: int = 30 * 86_400
    """A refresh token that is not used for this long is dead."""
    connection_lifetime: int = 180 * 86_400
    """A connected device is paired again after this long, however active it is."""
    device_authorizations_per_address: int = 60
    """A minute; 0 for no limit."""
    device_authorizations_per_client: int = 6000
    """A minute; 0 for no limit."""

    key_rotation: int = 90 * 86_400
    """The age at which a signing key is followed by a new one; 0 for never."""

    authorization_requests_per_address: int = 300
    """A minute, of the code flow; an address may be an office. 0 for no limit."""
    authorization_requests_per_client: int = 6000
    """A minute, pushed by a client that has proved who it is; 0 for no limit."""

    requires_dpop_nonce: bool = False
    """Whether every DPoP proof has to carry a nonce of ours (RFC 9449 §8)."""

    @property
    def resource(self) -> str:
        """The identifier of the resource server that tokens are made for (RFC 8707 §2)."""
        return f"{self.public_url}/board"
