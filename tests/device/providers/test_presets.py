"""Every preset signs in at an emulator that knows the provider from its sources, and ends as it must."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import httpx
import pytest

from pairgrant.clock import Clock
from pairgrant.events import CodeIssued, PairingEvent
from pairgrant.oauth.discovery import Discovery
from pairgrant.oauth.oauth_client import OAuthClient
from pairgrant.oauth.transport import Transport
from pairgrant.providers.dialect import Dialect
from pairgrant.providers.preset_files import load_preset, preset_names
from pairgrant.providers.provider import provider_of
from pairgrant.sign_in.pairing import Outcome, pair
from pairgrant_protocol.messages import DeviceAuthorizationRequest, TokenResponse
from pairgrant_protocol.polling import Authorized, Denied, Expired
from pairgrant_protocol.secret import Secret
from tests.device.providers import hosted_rows, own_dialect_rows, product_rows
from tests.device.providers.emulator import Emulator, ToEmulator
from tests.device.providers.provider_row import CLIENT_ID, SECRET, USER_CODE, Row, Says

ROWS = [*product_rows.ROWS, *hosted_rows.ROWS, *own_dialect_rows.ROWS]


class FastClock:
    """A clock whose sleeps take no time."""

    def __init__(self) -> None:
        self.time = 1000.0

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, wall=lambda: self.time, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class SignIn:
    outcome: Outcome
    code: CodeIssued
    waits: list[float]
    """Seconds before each poll."""
    refreshed: TokenResponse | None
    complaints: list[str]
    polls: int


def sign_in(row: Row, script: Sequence[Says], *, refreshes: bool = False) -> SignIn:
    with Emulator(row, script) as emulator:
        return asyncio.run(_sign_in(row, emulator, refreshes=refreshes))


async def _sign_in(row: Row, emulator: Emulator, *, refreshes: bool) -> SignIn:
    provider = provider_of(load_preset(row.name), row.variables, row.issuer)
    secret = Secret(SECRET) if row.has_secret else None
    provider.check_secret(has_secret=row.has_secret)
    provider.check_scope(row.scope)
    clock, events = FastClock(), list[PairingEvent]()
    headers = {"Accept": "application/json"}
    sent_at: list[float] = []

    async def note(_: httpx.Request) -> None:
        sent_at.append(clock.time)

    hooks = {"request": [note]}
    async with httpx.AsyncClient(transport=ToEmulator(emulator), headers=headers, event_hooks=hooks) as http:
        transport = Transport(http)
        server = OAuthClient(
            transport,
            issuer=provider.issuer,
            client_id=CLIENT_ID,
            client_secret=secret,
            discovery=Discovery(transport, issuer=provider.issuer, provider=provider),
            dialect=Dialect(provider, client_id=CLIENT_ID, client_secret=secret, scope=row.scope),
        )
        request = DeviceAuthorizationRequest(CLIENT_ID, row.scope, "Lobby TV")
        outcome = await pair(server, request, clock.clock, events.append)
        assert not emulator.complaints
        waits = [after - before for before, after in pairwise(sent_at[-emulator.polls - 1 :])]
        refreshed = await server.refresh(Secret("refresh-1")) if refreshes else None
    (code,) = (event for event in events if isinstance(event, CodeIssued))
    return SignIn(outcome, code, waits, refreshed, emulator.complaints, emulator.polls)


def named(rows: Sequence[Row]) -> list[object]:
    return [pytest.param(row, id=row.name) for row in rows]


def test_every_preset_has_a_row() -> None:
    assert sorted(row.name for row in ROWS) == preset_names()


@pytest.mark.parametrize("row", named(ROWS))
def test_whole_sign_in_with_a_refresh(row: Row) -> None:
    slow = [] if row.slow_down is None else [row.slow_down]
    script = [row.pending, *slow, row.pending, row.success]
    done = sign_in(row, script, refreshes=row.refresh is not None)
    assert not done.complaints
    assert isinstance(done.outcome, Authorized), done.outcome
    assert done.outcome.tokens.access_token.reveal() == "access-1"
    refresh_token = done.outcome.tokens.refresh_token
    assert (refresh_token and refresh_token.reveal()) == row.refresh_token
    assert done.outcome.tokens.scope in {None, row.scope}
    assert done.polls == len(script)
    if row.refresh is not None:
        assert done.refreshed is not None
        assert done.refreshed.access_token.reveal() == "access-2"


@pytest.mark.parametrize("row", named(ROWS))
def test_code_is_shown_as_the_provider_means_it(row: Row) -> None:
    code = sign_in(row, [row.success]).code
    assert code.user_code in {USER_CODE, row.poll.params.get("pin"), "PIN4"}
    assert (code.verification_uri, code.verification_uri_complete) == (row.page, row.complete)
    assert code.expires_in == row.lifetime


@pytest.mark.parametrize("row", named(ROWS))
def test_polls_keep_the_interval_and_slow_down(row: Row) -> None:
    slow = [] if row.slow_down is None else [row.slow_down]
    waits = sign_in(row, [*slow, row.success]).waits
    assert waits[0] == row.interval
    assert [wait >= row.interval + 5 for wait in waits[1:]] == [True] * len(slow)


@pytest.mark.parametrize("row", named([row for row in ROWS if row.denied]))
def test_denial_ends_the_sign_in(row: Row) -> None:
    assert row.denied is not None
    assert sign_in(row, [row.pending, row.denied]).outcome == Denied()


@pytest.mark.parametrize("row", named([row for row in ROWS if row.expired]))
def test_expiry_ends_the_sign_in(row: Row) -> None:
    assert row.expired is not None
    assert sign_in(row, [row.pending, row.expired]).outcome == Expired()


@pytest.mark.parametrize("row", named([row for row in ROWS if not (row.denied or row.denial_looks_expired)]))
def test_preset_says_where_a_denial_is_never_reported(row: Row) -> None:
    assert not load_preset(row.name).tells_denial
    assert sign_in(row, [row.pending]).outcome == Expired()
