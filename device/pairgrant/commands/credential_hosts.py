"""Which sign-in of this device a host may get a token of, for the credential helpers of git and docker."""

import contextlib
import os
from argparse import Namespace
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from pairgrant.commands.chosen import Entry, choose
from pairgrant.commands.current_tokens import TOKEN_VARIABLE, current_tokens
from pairgrant.commands.options import SIGNED_IN, chosen_by, settings_of
from pairgrant.errors import DeviceSettingsError, NotSignedInError, ServerFaultError, TokenBoundError
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import token_store
from pairgrant.settings import DeviceSettings
from pairgrant_protocol.secret import Secret

USERNAME = "oauth2"
"""The user name beside an access token; servers that look at it at all expect this one."""

_PORTS = {"https": "443", "http": "80"}


class Host(NamedTuple):
    """Where a credential would be sent; ``scheme`` is empty if the request doesn't say."""

    scheme: str
    place: str
    """``HOST`` or ``HOST:PORT``."""

    @classmethod
    def of_url(cls, url: str) -> "Host":
        """The host of a URL, or of an address without a scheme."""
        scheme, separator, rest = url.strip().rpartition("://")
        return cls(scheme.lower() if separator else "", rest.partition("/")[0])

    def is_at(self, url: str) -> bool:
        """Whether it is exactly the host and port of ``url``, with the same scheme if it has one."""
        scheme, place = urlsplit(url)[:2]
        return self.scheme in {"", scheme} and _full(scheme, self.place) == _full(scheme, place)


def _full(scheme: str, place: str) -> str:
    """``place`` with its port, in lower case."""
    host, colon, port = place.lower().rpartition(":")
    if colon and port.isdigit():
        return f"{host}:{port}"
    return f"{place.lower()}:{_PORTS.get(scheme, '')}"


class SignIn(NamedTuple):
    settings: DeviceSettings
    hosts: tuple[str, ...]
    """URLs of the hosts that may get its token: the issuer, and those of ``--credential-hosts`` by https."""

    def has_token(self) -> bool:
        """Whether there is a sign-in, or a token in its place."""
        return bool(os.environ.get(TOKEN_VARIABLE)) or token_store(self.settings).load() is not None


def sign_in_for(given: Namespace, host: Host) -> SignIn | None:
    """The sign-in that gives its token to ``host``; None if no sign-in of this device does.

    Raises:
        NotSignedInError: the host is known, but this device is not signed in there.
        PairgrantError: the options or a file can't be used.
    """
    known = [sign_in for sign_in in _candidates(given) if any(host.is_at(url) for url in sign_in.hosts)]
    for sign_in in known:
        if sign_in.has_token():
            return sign_in
    if known:
        raise NotSignedInError(
            f"Not signed in at {known[0].settings.issuer}. Run `pairgrant login --no-dpop` first."
        )
    return None


def sign_ins(given: Namespace) -> Iterator[SignIn]:
    """The sign-ins that there are.

    Raises:
        PairgrantError: the options or a file can't be used.
    """
    return (sign_in for sign_in in _candidates(given) if sign_in.has_token())


def _candidates(given: Namespace) -> Iterator[SignIn]:
    """The sign-in that the options name, and those of all profiles unless they name a profile or a token.

    The variables and ``--credential-hosts`` are meant for the first: a profile gets no other host by them,
    and PAIRGRANT_TOKEN never goes to the server of a profile.
    """
    chosen = chosen_by(given)
    settings = settings_of(chosen)
    more = filter(None, (host.strip() for host in (chosen["credential_hosts"] or "").split(",")))
    yield SignIn(settings, (settings.issuer, *(f"https://{host}" for host in more)))
    if chosen["profile"] or os.environ.get(TOKEN_VARIABLE):
        return
    from pairgrant.session.profiles import profile_file  # noqa: PLC0415 - asyncio

    for name, options in sorted(profile_file().load().options.items()):
        entries = {option: Entry(value, f"profile {name}") for option, value in options.items()}
        with contextlib.suppress(DeviceSettingsError):  # another profile may be usable
            settings = settings_of(choose(Namespace(profile=name), SIGNED_IN, {}, entries))
            yield SignIn(settings, (settings.issuer,))


def credential_of(settings: DeviceSettings, program: str) -> StoredTokens:
    """Tokens whose access token ``program`` can send.

    Raises:
        TokenBoundError: it needs a proof, which ``program`` can't make.
        ServerFaultError: it would break the lines of the helper's output.
        PairgrantError: there is no valid token now.
    """
    tokens = current_tokens(settings, min_ttl=30)
    if tokens.dpop_key is not None:
        raise TokenBoundError(program)
    token = tokens.access_token.reveal()
    if not token.isascii() or not token.isprintable():
        raise ServerFaultError("The access token has characters that can't be passed on.")
    return tokens


async def replace_rejected(settings: DeviceSettings, rejected: str) -> None:
    """Refresh the tokens if the rejected one is the current one; the sign-in stays.

    Raises:
        PairgrantError: there is no new token.
    """
    from pairgrant.device import open_device  # noqa: PLC0415 - httpx

    async with open_device(settings) as device:
        session = device.stored_session()
        if session is not None and session.can_refresh:
            try:
                await session.refresh(unless_newer_than=Secret(rejected))
            finally:
                await session.settle()
