"""What a signed-in device does all day: keeps its tokens fresh, greets by name, and watches the board of notices."""

import asyncio
from collections.abc import Callable
from typing import Never

from pairgrant.device import Device
from pairgrant.errors import NotGrantedError, PairgrantError, SignInEndedError, TemporaryError
from pairgrant.events import NoticesReceived, NoticesUnavailable, SignedInEvent, UserIdentified
from pairgrant.oauth.notice_board import NoticeBoard
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.session.token_lifetime import backoff

BOARD_INTERVAL = 5.0
"""Seconds between two looks at the board."""

_LONGEST_BOARD_WAIT = 30.0
"""Seconds to wait for the board after trouble, where the server names no longer wait: it is what people look at."""

_BOARD_FAULT_INTERVAL = 60.0
"""Seconds where the server is at fault and haste would not help."""


async def run_while_signed_in(
    device: Device, session: SignInSession, announce: Callable[[SignedInEvent], object]
) -> Never:
    """Live until the sign-in ends; a refresh under way is let finish whatever happens.

    Raises:
        SignInEndedError: the only way out but cancellation.
    """
    duties = [
        asyncio.create_task(session.keep_fresh()),
        asyncio.create_task(_greet(device, session, announce)),
        asyncio.create_task(_watch_board(device, session, announce)),
    ]
    try:
        done, _ = await asyncio.wait(duties, return_when=asyncio.FIRST_EXCEPTION)
        for duty in done:
            duty.result()
        raise AssertionError("keep_fresh never returns")
    finally:
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
        await session.settle()


async def _greet(device: Device, session: SignInSession, announce: Callable[[SignedInEvent], object]) -> None:
    failures = 0
    while True:
        try:
            person = await session.call(device.server.userinfo)
        except TemporaryError as error:
            failures += 1
            await _pause(device, backoff(failures, error.retry_after))
        except SignInEndedError:
            raise
        except PairgrantError:
            return  # the server doesn't say who it is, and a greeting is not worth a complaint
        else:
            if person.called:
                announce(UserIdentified(person.called))
            return


async def _watch_board(
    device: Device, session: SignInSession, announce: Callable[[SignedInEvent], object]
) -> None:
    board: NoticeBoard | None = None
    shown = None
    failures = 0
    while True:
        try:
            board = board or await device.notice_board()
            if board is None:
                announce(NoticesUnavailable("This server has no board of notices.", for_good=True))
                return
            notices = await session.call(board.notices)
        except SignInEndedError:
            raise
        except NotGrantedError as error:
            announce(NoticesUnavailable(str(error), for_good=True))
            return
        except PairgrantError as error:
            failures += 1
            shown = None
            announce(NoticesUnavailable(str(error)))
            pause = _BOARD_FAULT_INTERVAL
            if isinstance(error, TemporaryError):
                pause = max(min(backoff(failures, None), _LONGEST_BOARD_WAIT), error.retry_after or 0.0)
        else:
            failures = 0
            if notices != shown:
                shown = notices
                announce(NoticesReceived(notices))
            pause = BOARD_INTERVAL
        await _pause(device, pause)


async def _pause(device: Device, seconds: float) -> None:
    until = device.clock.now() + seconds
    await device.clock.wait_until(lambda: until)
