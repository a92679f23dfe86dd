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
    """A minute, from one network (IPv4 address or IPv6 /56); three times as many from an IPv6 /48. 0: no
    limit.
    """
    device_authorizations_per_client: int = 6000
    """A minute, by devices that prove a known key; by all others three quarters of it, and ten more from each
    network. 0 for no limit.
    """

    key_rotation: int = 90 * 86_400
    """The age at which a signing key is replaced by a new one; 0 for never."""

    authorization_requests_per_address: int = 300
    """A minute, for the code flow, from one network; from an IPv6 /48 three times as many. 0 for no limit."""
    authorization_requests_per_client: int = 6000
    """A minute, valid ones that browsers and public clients send, and beyond it 30 from each network; as many
    again that a confidential client pushes. 0 for no limit.
    """

    requires_dpop_nonce: bool = False
    """Whether every DPoP proof must have a nonce of this server (RFC 9449 §8)."""

    @property
    def resource(self) -> str:
        """The identifier of the built-in resource server (RFC 8707 §2)."""
        return f"{self.public_url}/board"
