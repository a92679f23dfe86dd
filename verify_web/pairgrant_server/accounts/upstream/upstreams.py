"""The providers for sign-in, step (D), as set up by an operator; client secrets are sealed."""

import re
from collections.abc import Sequence
from dataclasses import replace

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.account_error import AccountError
from pairgrant_server.accounts.upstream.provider_metadata import ProviderMetadataError, checked_issuer
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.model.records import Upstream
from pairgrant_server.authorization_server.secrets.server_key import ServerKey, UnsealableError
from pairgrant_server.authorization_server.store.interface.upstreams import UpstreamStore
from pairgrant_server.errors import PairgrantServerError

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
"""Part of the redirect URI."""

_MAX_LABEL = 40
_MAX_CLIENT_ID = 255
_SCOPE = re.compile(r"[!#-\[\]-~]+( [!#-\[\]-~]+)*")


class UnreadableSecretError(PairgrantServerError):
    """The client_secret for a provider can't be read with this server key; the text says what to do."""


class Upstreams:
    def __init__(self, store: UpstreamStore, key: ServerKey, clock: Clock) -> None:
        self._store = store
        self._key = key
        self._clock = clock

    async def all(self) -> Sequence[Upstream]:
        return await self._store.upstreams()

    async def upstream(self, name: str) -> Upstream | None:
        return next((one for one in await self._store.upstreams() if one.name == name), None)

    async def add(
        self,
        name: str,
        *,
        issuer: str,
        client_id: str,
        client_secret: Secret | None = None,
        label: str | None = None,
        scope: str = "openid profile email",
        creates_accounts: bool = False,
        allow_http: bool = False,
    ) -> Upstream:
        """Add a provider.

        Raises:
            AccountError: a value is invalid, or the name is taken.
        """
        upstream = self.checked(
            name,
            issuer=issuer,
            client_id=client_id,
            label=label,
            scope=scope,
            creates_accounts=creates_accounts,
            allow_http=allow_http,
        )
        if await self.upstream(name) is not None:
            raise AccountError(
                f"A provider named {name} already exists. Choose another name, or remove it: "
                f"pairgrant-server upstream remove {name}"
            )
        if client_secret is not None:
            sealed = self._key.seal(_purpose(upstream), client_secret.reveal().encode())
            upstream = replace(upstream, sealed_secret=sealed)
        await self._store.put_upstream(upstream)
        return upstream

    def checked(
        self,
        name: str,
        *,
        issuer: str,
        client_id: str,
        label: str | None = None,
        scope: str = "openid profile email",
        creates_accounts: bool = False,
        allow_http: bool = False,
    ) -> Upstream:
        """The record of a provider without a client secret.

        Raises:
            AccountError: a value is invalid.
        """
        if not NAME.fullmatch(name):
            raise AccountError(
                "A provider's name is part of URLs: 1 to 32 lower-case letters, digits and dashes, like "
                "google."
            )
        try:
            issuer = checked_issuer(issuer, allow_http=allow_http)
        except ProviderMetadataError as error:
            raise AccountError(f"--issuer: {error}") from None
        shown = " ".join((label or name.capitalize()).split())
        if not 1 <= len(shown) <= _MAX_LABEL or visible(shown) != shown:
            raise AccountError(f"A label needs 1 to {_MAX_LABEL} visible characters.")
        if not 1 <= len(client_id) <= _MAX_CLIENT_ID or not (client_id.isascii() and client_id.isprintable()):
            raise AccountError(
                "--client-id is the client_id that the provider has assigned to this server: printable ASCII."
            )
        if not _SCOPE.fullmatch(scope) or "openid" not in scope.split():
            raise AccountError("--scope lists scopes separated by spaces, and has to include openid.")
        return Upstream(
            name=name,
            label=shown,
            issuer=issuer,
            client_id=client_id,
            sealed_secret=None,
            scope=tuple(dict.fromkeys(scope.split())),
            creates_accounts=creates_accounts,
            created_at=self._clock(),
        )

    async def remove(self, name: str) -> bool:
        """Remove a provider; the links of its identities stay. False if there is none."""
        return NAME.fullmatch(name) is not None and await self._store.remove_upstream(name)

    def secret_of(self, upstream: Upstream) -> Secret | None:
        """The client secret; None if this server is a public client there.

        Raises:
            UnreadableSecretError
        """
        if upstream.sealed_secret is None:
            return None
        try:
            return Secret(self._key.unseal(_purpose(upstream), upstream.sealed_secret).decode())
        except UnsealableError:
            raise UnreadableSecretError(
                f"the client_secret for {upstream.name} was sealed with another server key, or for another "
                "issuer; remove the provider and add it again"
            ) from None


def _purpose(upstream: Upstream) -> str:
    """Binds the secret to its issuer: write access to the database can't send it to another one."""
    return f"upstream client_secret {upstream.issuer} {upstream.client_id}"
