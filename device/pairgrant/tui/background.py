"""What goes on behind the screens; each tells the app by messages and touches no screen."""

from asyncio import Queue
from collections.abc import Callable

from textual.message import Message

from pairgrant.device import Device
from pairgrant.errors import PairgrantError, SignInEndedError
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.device_sign_in import sign_in
from pairgrant.sign_in.while_signed_in import run_while_signed_in
from pairgrant.tui.messages import (
    PairingEnded,
    PairingEventReceived,
    SignedInEventReceived,
    SignedOut,
    SignInStopped,
)
from pairgrant_protocol.secret import Secret

Post = Callable[[Message], object]


class ScreenEntry:
    """Digits on their way from a screen to the one pairing that they were typed for."""

    def __init__(self) -> None:
        self._typed: Queue[Secret] = Queue()

    def type(self, digits: Secret) -> None:
        self._typed.put_nowait(digits)

    async def digits(self) -> Secret:
        return await self._typed.get()


async def pair(device: Device, post: Post, entry: ScreenEntry) -> None:
    """Carry one pairing to its end."""
    try:
        outcome = await sign_in(device, lambda event: post(PairingEventReceived(event)), entry)
    except PairgrantError as error:
        post(SignInStopped(error))
    else:
        post(PairingEnded(outcome))


async def run_session(device: Device, session: SignInSession, post: Post) -> None:
    """Live the signed-in life until it ends."""
    try:
        await run_while_signed_in(device, session, lambda event: post(SignedInEventReceived(event)))
    except SignInEndedError as error:
        post(SignInStopped(error))


async def refresh(session: SignInSession, post: Post) -> None:
    """Refresh because the person asked; a failure that ends nothing is the session's to remember."""
    try:
        await session.refresh()
    except SignInEndedError as error:
        post(SignInStopped(error))
    except PairgrantError:
        return


async def sign_out(session: SignInSession, post: Post) -> None:
    """End the sign-in, here in any case and at the server where it can be told."""
    try:
        await session.sign_out()
    except PairgrantError as error:
        post(SignedOut(error))
    else:
        post(SignedOut())
