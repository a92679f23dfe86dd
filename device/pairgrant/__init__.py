"""Sign in a device without a keyboard from a phone (RFC 8628): the library behind the command ``pairgrant``.

    settings = DeviceSettings.checked(issuer="https://pair.example", client_id="lobby-tv")
    async with open_device(settings) as device:
        session = device.stored_session() or await device_sign_in(device, announce=print)

A public name is imported when it is first used, because ``pairgrant token`` has to start quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pairgrant.device import Device, open_device
    from pairgrant.errors import PairgrantError
    from pairgrant.session.sign_in_session import SignInSession
    from pairgrant.settings import DeviceSettings
    from pairgrant.sign_in.browser_sign_in import browser_sign_in
    from pairgrant.sign_in.device_sign_in import device_sign_in

__all__ = [
    "Device",
    "DeviceSettings",
    "PairgrantError",
    "SignInSession",
    "browser_sign_in",
    "device_sign_in",
    "open_device",
]

_MODULES = {
    "Device": "pairgrant.device",
    "DeviceSettings": "pairgrant.settings",
    "PairgrantError": "pairgrant.errors",
    "SignInSession": "pairgrant.session.sign_in_session",
    "browser_sign_in": "pairgrant.sign_in.browser_sign_in",
    "device_sign_in": "pairgrant.sign_in.device_sign_in",
    "open_device": "pairgrant.device",
}


if not TYPE_CHECKING:  # so that a type checker reports unknown names

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module 'pairgrant' has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)
