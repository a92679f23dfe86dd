"""What a kiosk does after an error that no code expected: it writes it down and goes on."""

from collections.abc import Awaitable, Callable
from functools import partial

from pairgrant.backoff import LONGEST_BACKOFF, backoff
from pairgrant.device import Device
from pairgrant.error_place import type_and_place
from pairgrant.errors import SignInEndedError


async def again_after_errors(device: Device, work: Callable[[], Awaitable[None]]) -> None:
    """Run ``work``, and again with back-off after an error that it doesn't expect.

    Raises:
        SignInEndedError: the sign-in has ended.
    """
    failures = 0
    while True:
        began_at = device.clock.now()
        try:
            await work()
        except SignInEndedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, one task must not end the others
            journal_unexpected(device, error)
            if device.clock.now() - began_at > LONGEST_BACKOFF:
                failures = 0
            failures += 1
            retry_at = device.clock.now() + backoff(failures, None)
            await device.clock.wait_until(partial(float, retry_at))
        else:
            return


def journal_unexpected(device: Device, error: Exception) -> None:
    """Add the type and the place of ``error`` to the journal, without values."""
    if device.journal is not None:
        device.journal.log(f"unexpected error, trying again: {type_and_place(error)}")
