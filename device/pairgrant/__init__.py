"""Sign in a device without a keyboard from a phone (RFC 8628): the library behind ``pairgrant``.

    async with pairgrant.Client("https://pair.example", "lobby-tv") as client:
        async with client.pair() as pairing:
            print(pairing.verification_uri, pairing.user_code)
            tokens = await pairing.tokens()
        async with httpx.AsyncClient(auth=client.auth(tokens)) as http: ...

``SyncClient`` is the same without ``await``. A public name is imported when it is first used, because
``pairgrant token`` has to start quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pairgrant.client import Client
    from pairgrant.client_auth import TokenAuth
    from pairgrant.client_pairing import Pairing
    from pairgrant.device import Device, open_device
    from pairgrant.errors import (
        CertificateError,
        ClientRefusedError,
        DeniedError,
        DeviceSettingsError,
        ExpiredError,
        NotSignedInError,
        PairgrantError,
        PinRequiredError,
        RefusedByServerError,
        ServerBusyError,
        ServerFaultError,
        SignInEndedError,
        TemporaryError,
        TokenRejectedError,
        TokensKeptError,
        TokenStoreError,
        UnreachableError,
    )
    from pairgrant.events import (
        BrowserOpened,
        CodeDelayed,
        CodeIssued,
        NumberShown,
        PairingEvent,
        PinRequested,
        PollFailed,
        PollRecovered,
        StageReached,
        WarningIssued,
    )
    from pairgrant.oauth.resource_responses import UserInfo
    from pairgrant.session.memory_store import MemoryStore
    from pairgrant.session.sign_in_session import SignInSession
    from pairgrant.session.stored_tokens import StoredTokens
    from pairgrant.session.token_store import (
        FileTokenStore,
        TokenStore,
        TokenWriter,
    )
    from pairgrant.settings import DeviceSettings
    from pairgrant.sign_in.browser_sign_in import browser_sign_in
    from pairgrant.sign_in.device_sign_in import device_sign_in
    from pairgrant.sign_in.pin_entry import PinEntry
    from pairgrant.sync_client import (
        SyncClient,
        SyncPairing,
        SyncTokenAuth,
    )
    from pairgrant_protocol.secret import Secret
    from pairgrant_protocol.vocabulary import PairingStage

__all__ = [
    "BrowserOpened",
    "CertificateError",
    "Client",
    "ClientRefusedError",
    "CodeDelayed",
    "CodeIssued",
    "DeniedError",
    "Device",
    "DeviceSettings",
    "DeviceSettingsError",
    "ExpiredError",
    "FileTokenStore",
    "MemoryStore",
    "NotSignedInError",
    "NumberShown",
    "PairgrantError",
    "Pairing",
    "PairingEvent",
    "PairingStage",
    "PinEntry",
    "PinRequested",
    "PinRequiredError",
    "PollFailed",
    "PollRecovered",
    "RefusedByServerError",
    "Secret",
    "ServerBusyError",
    "ServerFaultError",
    "SignInEndedError",
    "SignInSession",
    "StageReached",
    "StoredTokens",
    "SyncClient",
    "SyncPairing",
    "SyncTokenAuth",
    "TemporaryError",
    "TokenAuth",
    "TokenRejectedError",
    "TokenStore",
    "TokenStoreError",
    "TokenWriter",
    "TokensKeptError",
    "UnreachableError",
    "UserInfo",
    "WarningIssued",
    "browser_sign_in",
    "device_sign_in",
    "open_device",
]

_MODULES = {
    "BrowserOpened": "pairgrant.events",
    "CertificateError": "pairgrant.errors",
    "Client": "pairgrant.client",
    "ClientRefusedError": "pairgrant.errors",
    "CodeDelayed": "pairgrant.events",
    "CodeIssued": "pairgrant.events",
    "DeniedError": "pairgrant.errors",
    "Device": "pairgrant.device",
    "DeviceSettings": "pairgrant.settings",
    "DeviceSettingsError": "pairgrant.errors",
    "ExpiredError": "pairgrant.errors",
    "FileTokenStore": "pairgrant.session.token_store",
    "MemoryStore": "pairgrant.session.memory_store",
    "NotSignedInError": "pairgrant.errors",
    "NumberShown": "pairgrant.events",
    "PairgrantError": "pairgrant.errors",
    "Pairing": "pairgrant.client_pairing",
    "PairingEvent": "pairgrant.events",
    "PairingStage": "pairgrant_protocol.vocabulary",
    "PinEntry": "pairgrant.sign_in.pin_entry",
    "PinRequested": "pairgrant.events",
    "PinRequiredError": "pairgrant.errors",
    "PollFailed": "pairgrant.events",
    "PollRecovered": "pairgrant.events",
    "RefusedByServerError": "pairgrant.errors",
    "Secret": "pairgrant_protocol.secret",
    "ServerBusyError": "pairgrant.errors",
    "ServerFaultError": "pairgrant.errors",
    "SignInEndedError": "pairgrant.errors",
    "SignInSession": "pairgrant.session.sign_in_session",
    "StageReached": "pairgrant.events",
    "StoredTokens": "pairgrant.session.stored_tokens",
    "SyncClient": "pairgrant.sync_client",
    "SyncPairing": "pairgrant.sync_client",
    "SyncTokenAuth": "pairgrant.sync_client",
    "TemporaryError": "pairgrant.errors",
    "TokenAuth": "pairgrant.client_auth",
    "TokenRejectedError": "pairgrant.errors",
    "TokenStore": "pairgrant.session.token_store",
    "TokenStoreError": "pairgrant.errors",
    "TokenWriter": "pairgrant.session.token_store",
    "TokensKeptError": "pairgrant.errors",
    "UnreachableError": "pairgrant.errors",
    "UserInfo": "pairgrant.oauth.resource_responses",
    "WarningIssued": "pairgrant.events",
    "browser_sign_in": "pairgrant.sign_in.browser_sign_in",
    "device_sign_in": "pairgrant.sign_in.device_sign_in",
    "open_device": "pairgrant.device",
}


if not TYPE_CHECKING:  # so that a type checker reports unknown names

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module 'pairgrant' has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)
