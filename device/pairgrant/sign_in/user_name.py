"""The name of the user right after a sign-in, so that the device can greet the person whom the phone asks."""

import asyncio

from pairgrant.device import Device
from pairgrant.errors import PairgrantError
from pairgrant.session.sign_in_session import SignInSession

PATIENCE = 5.0
"""Seconds; the sign-in is complete, so a slow server must not delay its end for long."""


async def user_name(device: Device, session: SignInSession, *, patience: float = PATIENCE) -> str | None:
    """The name that the userinfo endpoint gives; None if it gives none in time, whatever the reason.

    It asks once, with the token that was just issued: a refresh after a rejection could end the sign-in.
    """
    try:
        async with asyncio.timeout(patience):
            return (await device.oauth_client.userinfo(session.tokens.access_token)).display_name
    except (PairgrantError, TimeoutError):
        return None
