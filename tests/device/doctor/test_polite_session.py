"""How the doctor sends requests: one by one, bounded, and never an error."""

from collections.abc import Callable
from itertools import pairwise

import httpx
import pytest

from pairgrant.doctor.polite_session import MOST_BODY, PoliteSession
from tests.device.doctor.examined import SkippingClock, examination_of, running

URL = "https://pair.example/token"


def response(status: int = 200, body: bytes = b"", **headers: str) -> httpx.Response:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=fields, stream=httpx.ByteStream(body))


def session_of(
    respond: Callable[[httpx.Request], httpx.Response], time: SkippingClock, **settings: float
) -> PoliteSession:
    client = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    chosen = {"most": 10, "pause": 0.5, **settings}
    return PoliteSession(client, time.clock, most=int(chosen["most"]), pause=chosen["pause"])


async def test_requests_keep_their_distance() -> None:
    time = SkippingClock()
    moments: list[float] = []

    def respond(_: httpx.Request) -> httpx.Response:
        moments.append(time.time)
        return response()

    session = session_of(respond, time)
    for _ in range(3):
        await session.send("a", "GET", URL)
    assert [later - earlier for earlier, later in pairwise(moments)] == [0.5, 0.5]


async def test_request_beyond_the_limit_is_not_sent() -> None:
    sent: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return response()

    session = session_of(respond, SkippingClock(), most=2)
    exchanges = [await session.send("a", "GET", URL) for _ in range(3)]
    exchanges += await session.send_at_once(20, "b", URL, form=(), headers={})
    assert len(sent) == session.sent == 2
    assert exchanges[2].failure == "not sent: the doctor sends at most 2 requests"
    assert all(exchange.failure for exchange in exchanges[2:])


@pytest.mark.parametrize(
    ("field", "waited"), [("30", 30), ("999999999", 70), ("soon", 10), ("-5", 10), ("", 10)]
)
async def test_busy_server_gets_the_time_that_it_asks_for(field: str, waited: float) -> None:
    time, responses = SkippingClock(), [response(429, Retry_After=field)]

    def respond(_: httpx.Request) -> httpx.Response:
        return responses.pop() if responses else response()

    session = session_of(respond, time, pause=0)
    began = time.time
    assert (await session.send("a", "GET", URL)).status == 200
    assert time.time - began == waited


async def test_slow_down_with_429_is_a_response_to_judge() -> None:
    time = SkippingClock()
    session = session_of(lambda _: response(429, b'{"error": "slow_down"}'), time)
    assert (await session.send("a", "POST", URL)).error == "slow_down"
    assert session.sent == 1


async def test_endless_response_is_cut_off() -> None:
    time = SkippingClock()
    session = session_of(lambda _: response(200, b"a" * (3 * MOST_BODY)), time)
    assert len((await session.send("a", "GET", URL)).body) == MOST_BODY


@pytest.mark.parametrize("url", ["https://[", "ftp://pair.example", "https://pair.example:99999/", "\x00"])
async def test_unusable_url_of_a_server_is_a_recorded_failure(url: str) -> None:
    time = SkippingClock()
    async with httpx.AsyncClient() as client:
        session = PoliteSession(client, time.clock, most=10, pause=0)
        assert (await session.send("a", "GET", url)).failure != ""


async def test_cookies_of_one_session_do_not_reach_another() -> None:
    seen: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Cookie", ""))
        return response(Set_Cookie="s=1; Path=/")

    session = session_of(respond, SkippingClock())
    jar = httpx.Cookies()
    for cookies in (jar, jar, httpx.Cookies(), None):
        await session.send("a", "GET", URL, cookies=cookies)
    assert seen == ["", "s=1", "", ""]


async def test_whole_examination_stays_within_its_limits() -> None:
    time = SkippingClock()
    with running(time.now) as server:
        examination = await examination_of(server, time, is_thorough=False)
        assert examination.session.sent == sum(server.counts.values()) <= 200
        assert server.counts["/device_authorization"] <= 40


async def test_spent_limit_leaves_checks_that_are_not_judged() -> None:
    time = SkippingClock()
    with running(time.now) as server:
        findings = (await examination_of(server, time, "poll", most=12)).findings()
    assert {finding.verdict.value for finding in findings} == {"pass", "not judged"}


async def test_server_that_is_always_busy_costs_minutes_and_not_hours() -> None:
    time = SkippingClock()
    session = session_of(lambda _: response(429, Retry_After="60"), time, most=1_000, pause=0)
    began = time.time
    for _ in range(50):
        assert (await session.send("a", "GET", URL)).status == 429
    assert time.time - began == 300
