"""The library in one class: sign in at any server of the device grant, and use the tokens with httpx.

docs/library.md has an introduction, and docs/recipes/ whole programs.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self
from weakref import WeakSet

from pairgrant.client_auth import TokenAuth
from pairgrant.client_pairing import Pairing
from pairgrant.device import Device, open_device
from pairgrant.errors import DeviceSettingsError, NotSignedInError
from pairgrant.oauth.dpop_key import new_key
from pairgrant.oauth.resource_responses import UserInfo
from pairgrant.providers.preset_files import load_preset, own_folder
from pairgrant.providers.provider import Provider, provider_of
from pairgrant.session.memory_store import MemoryStore
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.session.stored_tokens import StoredTokens
from pairgrant.session.token_store import TokenStore
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.device_sign_in import check_prerequisites, device_request
from pairgrant.sign_in.pairing import begin_pairing
from pairgrant.sign_in.pin_entry import NO_ENTRY, PinEntry
from pairgrant_protocol.secret import Secret
from pairgrant_protocol.vocabulary import DeviceCapability


class Client:
    """One client (``client_id``) at one server (``issuer``); nothing is global, and any number may be open.

    ``storage``: where the tokens rest. None keeps them in memory; a path is a file that only its owner can
    read, with the device's key beside it; any other object implements ``TokenStore``. ``provider`` names a
    preset (docs/providers.md), and ``provider_variables`` has its variables.
    """

    def __init__(
        self,
        issuer: str | None = None,
        client_id: str = "",
        *,
        provider: str | None = None,
        provider_variables: Mapping[str, str] | None = None,
        scope: str = "",
        client_secret: str | None = None,
        storage: TokenStore | PathLike[str] | str | None = None,
        device_name: str | None = None,
        ca_file: PathLike[str] | str | None = None,
        uses_dpop: bool = True,
    ) -> None:
        """Check the settings; the network is used only inside ``async with``.

        Raises:
            DeviceSettingsError: a setting can't be used; the message names it as the option of the command.
        """
        file = Path(storage) if isinstance(storage, str | PathLike) else None
        self._store = None if isinstance(storage, str | PathLike) else storage or MemoryStore()
        preset = None if provider is None else _provider(provider, provider_variables or {}, issuer)
        if preset is None and issuer is None:
            raise DeviceSettingsError("--issuer is missing: give an issuer, or a provider.")
        self._settings = DeviceSettings.checked(
            issuer=preset.issuer if preset else issuer or "",
            client_id=client_id,
            scope=scope,
            device_name=device_name,
            token_file=file,
            ca_file=None if ca_file is None else Path(ca_file),
            client_secret=client_secret,
            uses_dpop=uses_dpop,
            provider=preset,
        )
        self._stack = AsyncExitStack()
        self._opened: Device | None = None
        self._key: Secret | None = None
        self._sessions: WeakSet[SignInSession] = WeakSet()

    def __repr__(self) -> str:
        state = "closed" if self._opened is None else "open"
        return f"<Client {self._settings.client_id!r} at {self._settings.issuer!r}, {state}>"

    async def __aenter__(self) -> Self:
        if self._opened is not None:
            raise RuntimeError("This client is already open: make another one.")
        key = None if self._store is None else self._key_in_memory
        self._opened = await self._stack.enter_async_context(
            open_device(self._settings, store=self._store, device_key=key)
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened = None
        try:
            for session in list(self._sessions):
                await session.settle()  # a refresh without its end would lose the refresh token
        finally:
            await self._stack.aclose()

    async def _key_in_memory(self) -> Secret:
        self._key = self._key or new_key()
        return self._key

    @property
    def _device(self) -> Device:
        if self._opened is None:
            raise RuntimeError("This client is not open: use it inside `async with Client(...) as client`.")
        return self._opened

    def stored_tokens(self) -> StoredTokens | None:
        """The tokens in the storage, if there are any.

        Raises:
            TokenStoreError: the storage can't be used.
        """
        return self._device.store.load()

    @asynccontextmanager
    async def pair(
        self, *, shows_number: bool = False, digits: PinEntry = NO_ENTRY
    ) -> AsyncIterator[Pairing]:
        """Begin a pairing, steps (A) and (B); leaving it before its end cancels the code at the server.

        ``shows_number``: the program shows the number of the event ``NumberShown``, which makes an approval
        safer. ``digits`` gives the return PIN that a server may require.

        Raises:
            PairgrantError: there is no code.
        """
        device = self._device
        await check_prerequisites(device, lambda _: None)
        request = device_request(device, [DeviceCapability.NUMBER] if shows_number else [])
        pairing = Pairing(device, await begin_pairing(device.oauth_client, request, device.clock), digits)
        try:
            yield pairing
        finally:
            await pairing.leave()

    def auth(self, tokens: StoredTokens | None = None) -> TokenAuth:
        """What httpx sends with each request: the token, refreshed when it is due, and its proof.

        ``tokens`` None: those in the storage. It works until the client is closed.

        Raises:
            NotSignedInError: there are none.
        """
        return TokenAuth(self._session(tokens), self._device.transport.key)

    async def userinfo(self, tokens: StoredTokens | None = None) -> UserInfo:
        """Who approved; without a name if the server has no userinfo endpoint. ``tokens``: as ``auth``.

        Raises:
            NotSignedInError: there are no tokens.
            PairgrantError: the tokens are no longer valid, or the server doesn't respond.
        """
        return await self._session(tokens).call(self._device.oauth_client.userinfo)

    async def sign_out(self, tokens: StoredTokens | None = None) -> None:
        """Revoke the tokens at the server and delete them from the storage. ``tokens``: as ``auth``.

        Raises:
            NotSignedInError: there are no tokens.
            TokensKeptError: they can't be deleted.
            PairgrantError: they are deleted, but the server didn't revoke them.
        """
        await self._session(tokens).sign_out()

    def _session(self, tokens: StoredTokens | None) -> SignInSession:
        device = self._device
        known = tokens or device.store.load()
        if known is None:
            raise NotSignedInError("There are no tokens: pair first.")
        session = device.session_of(known)
        self._sessions.add(session)
        return session


def _provider(name: str, variables: Mapping[str, str], issuer: str | None) -> Provider:
    given = ",".join(f"{variable}={value}" for variable, value in variables.items())
    return provider_of(load_preset(name, own_folder()), given, issuer)
