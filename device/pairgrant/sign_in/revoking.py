"""Revokes what ``PendingRevocations`` keeps, in the background, until the server has done so."""

from functools import partial

from pairgrant.backoff import backoff
from pairgrant.device import Device
from pairgrant.errors import PairgrantError, TemporaryError
from pairgrant.session.pending_revocations import PendingRevocations

LONGEST_WAIT = 900.0
"""Seconds between two tries."""


async def revoke_pending(device: Device, pending: PendingRevocations) -> None:
    """Run until nothing is left to revoke."""
    failures = 0
    while waiting := pending.load():
        error: PairgrantError | None = None
        for one in waiting:
            try:
                await device.oauth_client.revoke(one.token, one.token_type_hint)
                await pending.remove(one)
            except PairgrantError as failed:
                error = failed
        if error is None:
            _log(device, "the tokens of the last sign-in are revoked")
            return
        failures += 1
        if failures == 1:
            _log(device, f"the tokens of the last sign-in can't be revoked yet: {error}")
        asked = error.retry_after if isinstance(error, TemporaryError) else None
        wait = backoff(failures, asked, longest=LONGEST_WAIT)
        await device.clock.wait_until(partial(float, device.clock.now() + wait))


def _log(device: Device, line: str) -> None:
    if device.journal is not None:
        device.journal.log(line)
