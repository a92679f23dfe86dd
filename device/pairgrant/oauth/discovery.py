"""Finds the endpoints of the authorization server: in its metadata, in a preset, or as the user names them.

Both metadata documents count, RFC 8414's and OpenID Connect's. Endpoints of a preset fill the gaps, and those
that the user names replace all others.
"""

from dataclasses import replace

from pairgrant.errors import ServerFaultError, TemporaryError
from pairgrant.oauth.http_response import HttpResponse
from pairgrant.oauth.responses import busy, parsed
from pairgrant.oauth.transport import Transport
from pairgrant.providers.given_endpoints import GivenEndpoints
from pairgrant.providers.provider import Provider
from pairgrant.translation import Translatable
from pairgrant_protocol.json_object import MalformedMessageError, parse_object
from pairgrant_protocol.metadata import AuthorizationServerMetadata, metadata_urls
from pairgrant_protocol.visible_text import visible

_NONE_GIVEN = GivenEndpoints()


class Discovery:
    """The metadata of the server ``issuer``; ``provider`` is the preset to follow, if any."""

    def __init__(
        self,
        transport: Transport,
        *,
        issuer: str,
        provider: Provider | None = None,
        given: GivenEndpoints = _NONE_GIVEN,
    ) -> None:
        self._transport = transport
        self._issuer = issuer
        self._provider = provider
        self._given = given

    async def metadata(self) -> AuthorizationServerMetadata:
        """The endpoints to use now.

        Raises:
            TemporaryError: the metadata can't be fetched now.
            ServerFaultError: neither metadata document exists and names exactly this issuer (RFC 8414 §3.3),
                or one names an endpoint at another origin than the preset.
        """
        known = self._provider.endpoints if self._provider is not None else _NONE_GIVEN
        if self._given.are_enough or (self._provider is not None and not self._provider.preset.has_discovery):
            found = self._from(known)
        else:
            found = await self._found(known)
        return replace(
            found,
            device_authorization_endpoint=self._given.device or found.device_authorization_endpoint,
            token_endpoint=self._given.token or found.token_endpoint,
            revocation_endpoint=self._given.revocation or found.revocation_endpoint,
            userinfo_endpoint=self._given.userinfo or found.userinfo_endpoint,
        )

    async def _found(self, known: GivenEndpoints) -> AuthorizationServerMetadata:
        """The metadata with what only the preset has; the preset alone if there are none."""
        try:
            discovered = await self._discovered()
        except ServerFaultError:
            if not known.are_enough:
                raise
            return self._from(known)
        return self._filled(discovered, known)

    def _from(self, known: GivenEndpoints) -> AuthorizationServerMetadata:
        return AuthorizationServerMetadata(
            issuer=self._issuer,
            token_endpoint=self._given.token or known.token or "",
            device_authorization_endpoint=known.device,
            revocation_endpoint=known.revocation,
            userinfo_endpoint=known.userinfo,
        )

    def _filled(
        self, found: AuthorizationServerMetadata, known: GivenEndpoints
    ) -> AuthorizationServerMetadata:
        """``found`` with the endpoints that only the preset has."""
        self._check(found.device_authorization_endpoint, "device")
        self._check(found.token_endpoint, "token")
        self._check(found.revocation_endpoint, "revocation")
        return replace(
            found,
            device_authorization_endpoint=found.device_authorization_endpoint or known.device,
            revocation_endpoint=found.revocation_endpoint or known.revocation,
            userinfo_endpoint=found.userinfo_endpoint or known.userinfo,
        )

    def _check(self, endpoint: str | None, name: str) -> None:
        """Refuse an endpoint at another origin than the preset's: it would get the client's secret."""
        if endpoint is None or self._provider is None or getattr(self._given, name):
            return
        if origin := self._provider.refused_origin(endpoint, name):
            raise ServerFaultError(
                Translatable(
                    "The metadata of {issuer} name an endpoint at {origin}, and the preset {provider} has "
                    "another one. If that is right, name it: {option} URL.",
                    issuer=self._issuer,
                    origin=visible(origin),
                    provider=self._provider.name,
                    option=f"--{name}-endpoint",
                )
            )

    async def _discovered(self) -> AuthorizationServerMetadata:
        """The RFC 8414 document; the OpenID document adds missing members, or replaces it."""
        found: AuthorizationServerMetadata | None = None
        first_error: ServerFaultError | None = None
        for url in metadata_urls(self._issuer):
            try:
                document = self._read_document(await self._transport.get(url))
            except ServerFaultError as error:
                first_error = first_error or error
                continue
            except TemporaryError:
                if found is None:
                    raise
                break
            found = document if found is None else _merged(found, document)
            if found.device_authorization_endpoint and found.userinfo_endpoint and found.revocation_endpoint:
                break
        if found is None:
            raise first_error or ServerFaultError(
                Translatable("The server has no metadata document. Check --issuer.")
            )
        return found

    def _read_document(self, response: HttpResponse) -> AuthorizationServerMetadata:
        if response.is_temporary:
            raise busy(response)
        if response.status != 200:
            raise ServerFaultError(
                Translatable(
                    "No authorization server at {issuer}: "
                    "the request for its metadata was answered with {status}. Check --issuer.",
                    issuer=self._issuer,
                    status=response.status,
                )
            )
        try:
            members = parse_object(response.body)
        except MalformedMessageError as malformed:
            raise ServerFaultError(
                Translatable(
                    "{issuer} is not an authorization server: {reason}. Check --issuer, "
                    "and whether a proxy or the network's own sign-in page responds in its place.",
                    issuer=self._issuer,
                    reason=malformed,
                )
            ) from None
        if self._provider is not None and self._provider.accepts_issuer(members.get("issuer")):
            members["issuer"] = self._issuer
        return parsed(
            lambda found: AuthorizationServerMetadata.parse(found, expected_issuer=self._issuer), members
        )


def _merged(
    first: AuthorizationServerMetadata, second: AuthorizationServerMetadata
) -> AuthorizationServerMetadata:
    """``first`` with the members that only ``second`` has."""
    return replace(
        first,
        device_authorization_endpoint=first.device_authorization_endpoint
        or second.device_authorization_endpoint,
        revocation_endpoint=first.revocation_endpoint or second.revocation_endpoint,
        userinfo_endpoint=first.userinfo_endpoint or second.userinfo_endpoint,
        jwks_uri=first.jwks_uri or second.jwks_uri,
        protected_resources=first.protected_resources or second.protected_resources,
        dpop_algorithms=first.dpop_algorithms or second.dpop_algorithms,
        authorization_endpoint=first.authorization_endpoint or second.authorization_endpoint,
        pushed_authorization_request_endpoint=first.pushed_authorization_request_endpoint
        or second.pushed_authorization_request_endpoint,
        names_issuer=first.names_issuer or second.names_issuer,
        code_challenge_methods=first.code_challenge_methods or second.code_challenge_methods,
        revokes_device_codes=first.revokes_device_codes or second.revokes_device_codes,
    )
