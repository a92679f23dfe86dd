"""Endpoints that are named one by one: by the user, or by a preset."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GivenEndpoints:
    """Named endpoints; those of the user take the place of all others."""

    device: str | None = None
    token: str | None = None
    revocation: str | None = None
    userinfo: str | None = None

    @property
    def are_enough(self) -> bool:
        """Whether no metadata are needed."""
        return bool(self.device and self.token)
