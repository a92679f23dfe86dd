"""Background tasks of the app; they post messages and touch no screen."""

from collections.abc import Callable
from functools import partial

from textual.message import Message

from pairgrant.device import Device
from pairgrant.errors import PairgrantError, SignInEndedError
from pairgrant.session.pending_revocations import PendingRevocations
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.device_sign_in import device_sign_in, kiosk_sign_in
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.sign_in.unexpected_errors import journal_unexpected
from pairgrant.sign_in.while_signed_in import run_while_signed_in
from pairgrant.translation import Translatable
from pairgrant.tui.messages import (
    NextCodeDue,
    PairingEnded,
    PairingEventReceived,
    SignedInEventReceived,
    SignedOut,
    SignInStopped,
    TokensTaken,
)
from pairgrant.tui.screen_entry import ScreenEntry
from pairgrant_protocol.vocabulary import DeviceCapability

Post = Callable[[Message], object]


async def pair(device: Device, post: Post, entry: ScreenEntry, retry: RetryNow) -> None:
    """Run one pairing to its end."""
    try:
        outcome = await device_sign_in(
            device, lambda event: post(PairingEventReceived(event)), entry, _shown(device), retry
        )
    except PairgrantError as error:
        post(SignInStopped(error))
    else:
        post(PairingEnded(outcome))


async def pair_kiosk(device: Device, post: Post, entry: ScreenEntry, retry: RetryNow) -> None:
    """Run the pairing of a kiosk, whose codes renew themselves, to its end."""
    try:
        outcome = await kiosk_sign_in(
            device, lambda event: post(PairingEventReceived(event)), entry, _shown(device), retry
        )
    except PairgrantError as error:
        post(SignInStopped(error))
    except Exception as error:  # noqa: BLE001 - a kiosk shows a code again, whatever went wrong
        journal_unexpected(device, error)
        post(SignInStopped(PairgrantError(Translatable("Sign-in failed"))))
    else:
        post(PairingEnded(outcome))


async def wait_for_next_code(device: Device, post: Post, pause: float) -> None:
    """Say after ``pause`` seconds that the next code is due."""
    await device.clock.wait_until(partial(float, device.clock.now() + pause))
    post(NextCodeDue())


def _shown(device: Device) -> list[DeviceCapability]:
    """What the screens can show for a safer approval."""
    fresh = [] if device.settings.static_qr else [DeviceCapability.FRESH_SCAN]
    return [DeviceCapability.NUMBER, *fresh]


async def run_session(device: Device, session: SignInSession, post: Post, retry: RetryNow) -> None:
    """Run the signed-in tasks until the sign-in ends."""
    try:
        await run_while_signed_in(device, session, lambda event: post(SignedInEventReceived(event)), retry)
    except SignInEndedError as error:
        post(SignInStopped(error))


async def refresh(device: Device, session: SignInSession, post: Post) -> None:
    """Refresh on request; the session remembers a failure that doesn't end the sign-in."""
    try:
        await session.refresh()
    except SignInEndedError as error:
        post(SignInStopped(error))
    except PairgrantError:
        return
    except Exception as error:  # noqa: BLE001 - the next refresh comes by itself
        journal_unexpected(device, error)


async def take_tokens(
    device: Device, pending: PendingRevocations, session: SignInSession, post: Post
) -> None:
    """Delete the tokens on this device at once, and keep what is needed to revoke them later."""
    try:
        await pending.take(device.store, session.tokens)
    except PairgrantError as error:
        post(TokensTaken(error))
    else:
        post(TokensTaken())


async def sign_out(session: SignInSession, post: Post) -> None:
    """Sign out on this device, and at the server if it can be reached."""
    try:
        await session.sign_out()
    except PairgrantError as error:
        post(SignedOut(error))
    else:
        post(SignedOut())
