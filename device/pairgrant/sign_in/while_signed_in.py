"""Background tasks while signed in: refresh the tokens, get the user's name, and poll the notice board."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Never

from pairgrant.backoff import backoff
from pairgrant.device import Device
from pairgrant.errors import (
    NotGrantedError,
    PairgrantError,
    ServerFaultError,
    SignInEndedError,
    TemporaryError,
    TokenRejectedError,
)
from pairgrant.events import NoticesReceived, NoticesUnavailable, SignedInEvent, UserIdentified
from pairgrant.oauth.notice_board import BOARD_READ, NoticeBoard
from pairgrant.oauth.resource_responses import missing_scope
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.journal_events import journaled
from pairgrant.sign_in.retry_now import RetryNow
from pairgrant.sign_in.unexpected_errors import again_after_errors
from pairgrant.ui_texts import NO_BOARD

BOARD_INTERVAL = 5.0
"""Seconds between two requests for the notices."""

WATCH_INTERVAL = 20.0
"""Seconds between two questions whether the sign-in was ended at the server."""

_LONGEST_BOARD_BACKOFF = 30.0
"""Seconds; shorter than for refreshes, because people look at the notices."""

_BOARD_FAULT_INTERVAL = 60.0
"""Seconds between requests while the server's responses are invalid and an early retry would not help."""


async def run_while_signed_in(
    device: Device,
    session: SignInSession,
    announce: Callable[[SignedInEvent], object],
    retry: RetryNow | None = None,
) -> Never:
    """Run until the sign-in ends; a refresh under way is always completed. ``retry`` ends a back-off.

    Raises:
        SignInEndedError: the sign-in has ended.
    """
    announce = journaled(device.journal, announce)
    tasks = [
        asyncio.create_task(again_after_errors(device, work))
        for work in (
            session.keep_fresh,
            partial(_identify_user, device, session, announce),
            partial(_poll_board, device, session, announce, retry or RetryNow()),
            partial(_watch_for_the_end, device, session),
        )
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
        raise AssertionError("keep_fresh never returns")
    except SignInEndedError as ended:
        if device.journal is not None:
            detail = str(ended) if ended.end is None else f"the sign-in was ended ({ended.end.by.value})"
            device.journal.note("not connected", detail)
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await session.settle()


async def _watch_for_the_end(device: Device, session: SignInSession) -> None:
    """Notice that the sign-in was ended at the server before its access token expires.

    A resource server accepts a token until then, because it asks no one (RFC 9068 §4). The userinfo endpoint
    refuses it at once, and a refresh then says why. Only servers of Pairgrant are asked that often.
    """
    while True:
        await _pause(device, WATCH_INTERVAL)
        try:
            if not (await device.oauth_client.metadata()).revokes_device_codes:
                return
            await session.call(device.oauth_client.userinfo)
        except SignInEndedError:
            raise
        except TokenRejectedError:
            return  # a fresh token too, or there is none: this endpoint says nothing about the sign-in
        except PairgrantError:
            continue


async def _identify_user(
    device: Device, session: SignInSession, announce: Callable[[SignedInEvent], object]
) -> None:
    failures = 0
    while True:
        try:
            user = await session.call(device.oauth_client.userinfo)
        except TemporaryError as error:
            failures += 1
            await _pause(device, backoff(failures, error.retry_after))
        except SignInEndedError:
            raise
        except PairgrantError:
            return  # the name only decorates the screen, so a refusal is not shown
        else:
            if user.display_name:
                announce(UserIdentified(user.display_name))
            return


async def _poll_board(
    device: Device,
    session: SignInSession,
    announce: Callable[[SignedInEvent], object],
    retry: RetryNow,
) -> None:
    board: NoticeBoard | None = None
    shown = None
    failures = 0
    while True:
        try:
            board = board or await device.notice_board()
            if board is None:
                announce(NoticesUnavailable(NO_BOARD, is_final=True))
                return
            notices = await session.call(board.notices)
        except SignInEndedError:
            raise
        except NotGrantedError as error:
            announce(NoticesUnavailable(error.text, is_final=True))
            return
        except PairgrantError as error:
            if isinstance(error, TokenRejectedError) and session.scope and BOARD_READ not in session.scope:
                announce(NoticesUnavailable(missing_scope(BOARD_READ), is_final=True))
                return
            failures += 1
            shown = None
            retry_at = device.clock.now() + _board_backoff(error, failures)
            announce(NoticesUnavailable(error.text, retry_at=retry_at))
            if await retry.wait(device.clock, partial(float, retry_at)):
                failures = 0
                await _refresh_if_failing(session)
        else:
            failures = 0
            if notices != shown:
                shown = notices
                announce(NoticesReceived(notices, board.page))
            await _pause(device, BOARD_INTERVAL)


def _board_backoff(error: PairgrantError, failures: int) -> float:
    if isinstance(error, TemporaryError):
        return backoff(failures, error.retry_after, longest=_LONGEST_BOARD_BACKOFF)
    return _BOARD_FAULT_INTERVAL


async def _refresh_if_failing(session: SignInSession) -> None:
    """Try a failed refresh again; the session remembers another failure."""
    if session.last_error is not None:
        with suppress(TemporaryError, ServerFaultError):
            await session.refresh()


async def _pause(device: Device, seconds: float) -> None:
    until = device.clock.now() + seconds
    await device.clock.wait_until(lambda: until)
