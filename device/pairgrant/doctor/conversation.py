"""What a scenario can do with the server: ask for codes, poll, wait, and have a code approved or denied."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from pairgrant.clock import Clock
from pairgrant.doctor.approver import Approver
from pairgrant.doctor.exchange import Exchange, Form
from pairgrant.doctor.polite_session import PoliteSession
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant.doctor.target import Target, authentication_of
from pairgrant_protocol.vocabulary import DEFAULT_INTERVAL, SLOW_DOWN_STEP, ErrorCode, GrantType

MARGIN = 0.1
"""Seconds added to each wait, so that no server can take a punctual poll for an early one."""

LONGEST_INTERVAL = 30
"""Seconds; a server with a longer one is examined at its pace only with ``--thorough``."""

_LONGEST_WAIT, _LONGEST_WAIT_THOROUGH = 60, 300
"""Seconds between two polls."""

_MOST_POLLS = 8
_WAITING = frozenset({ErrorCode.AUTHORIZATION_PENDING, ErrorCode.SLOW_DOWN})


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A usable device authorization response."""

    exchange: Exchange
    device_code: str = field(repr=False)
    user_code: str = field(repr=False)
    uri: str = field(repr=False)
    complete_uri: str = field(repr=False)
    interval: float
    expires_in: float

    @property
    def expires_at(self) -> float:
        """On the doctor's clock, at the latest."""
        return self.exchange.received_at + self.expires_in


class Conversation:
    """One scenario's requests; each is added to ``record``."""

    def __init__(
        self,
        target: Target,
        session: PoliteSession,
        clock: Clock,
        record: Record,
        approver: Approver | None = None,
    ) -> None:
        self.target = target
        self.record = record
        self.clock = clock
        self._session = session
        self._approver = approver
        self._authentication = authentication_of(target, record.metadata)

    def endpoint(self, name: str) -> str:
        """An endpoint of the metadata.

        Raises:
            NotRecordedError: there is none.
        """
        url = self.record.metadata.get(name)
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            raise NotRecordedError(f"the server's metadata has no usable {name}")
        return url

    async def send(
        self,
        label: str,
        method: str,
        url: str,
        *,
        form: Form = (),
        body: bytes | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        waits_if_busy: bool = True,
        cookies: httpx.Cookies | None = None,
    ) -> Exchange:
        """Send any request and record it."""
        kind = {} if content_type is None else {"content_type": content_type}
        exchange = await self._session.send(
            label,
            method,
            url,
            form=form,
            body=body,
            headers=headers,
            waits_if_busy=waits_if_busy,
            cookies=cookies,
            **kind,
        )
        self.record.exchanges.append(exchange)
        return exchange

    async def start(self, label: str, extra: Form = (), *, scope: str | None = None) -> Exchange:
        """A device authorization request; ``extra`` parameters follow the usual ones."""
        scope = self.target.scope if scope is None else scope
        form = (*self._authentication.form, *((("scope", scope),) if scope else ()), *extra)
        return await self.start_with(label, form)

    async def start_with(self, label: str, form: Form, *, authenticates: bool = True) -> Exchange:
        """A device authorization request with exactly this form."""
        headers = self._authentication.headers if authenticates else {}
        return await self.send(
            label, "POST", self.endpoint("device_authorization_endpoint"), form=form, headers=headers
        )

    async def code(self, label: str = "start") -> IssuedCode:
        """A new code.

        Raises:
            NotRecordedError: the server didn't issue one.
        """
        return issued(await self.start(label))

    async def poll(self, label: str, device_code: str, extra: Form = ()) -> Exchange:
        """A device access token request (RFC 8628 §3.4)."""
        return await self.token_request(label, (*self.poll_form(device_code), *extra))

    def poll_form(self, device_code: str) -> Form:
        return (
            ("grant_type", GrantType.DEVICE_CODE.value),
            ("device_code", device_code),
            *self._authentication.form,
        )

    @property
    def identity(self) -> Form:
        """The parameters by which the client identifies itself."""
        return self._authentication.form

    async def token_request(self, label: str, form: Form, *, authenticates: bool = True) -> Exchange:
        """A token request with exactly this form."""
        headers = self._authentication.headers if authenticates else {}
        return await self.send(label, "POST", self.endpoint("token_endpoint"), form=form, headers=headers)

    async def polls_at_once(self, times: int, label: str, device_code: str) -> list[Exchange]:
        """``times`` equal polls at the same moment."""
        exchanges = await self._session.send_at_once(
            times,
            label,
            self.endpoint("token_endpoint"),
            form=self.poll_form(device_code),
            headers=self._authentication.headers,
        )
        self.record.exchanges.extend(exchanges)
        return exchanges

    async def wait_after(self, exchange: Exchange, seconds: float) -> None:
        """Wait until ``seconds`` after the response of ``exchange``.

        Raises:
            NotRecordedError: that is longer than anything should make the doctor wait.
        """
        most = _LONGEST_WAIT_THOROUGH if self.target.is_thorough else _LONGEST_WAIT
        if seconds > most:
            raise NotRecordedError(f"the server wants {seconds:.0f} seconds between two polls")
        await self.wait_until(exchange.received_at + seconds + MARGIN)

    async def wait_until(self, moment: float) -> None:
        await self.clock.wait_until(lambda: moment)

    async def poll_until_decided(
        self, label: str, code: IssuedCode, last: Exchange | None = None
    ) -> Exchange | None:
        """Poll as a device does until there is a result; None if it doesn't come.

        ``last``: the poll before, which the first one has to keep its distance from.

        Raises:
            NotRecordedError: the server wants too much time between polls.
        """
        interval = code.interval
        for _ in range(_MOST_POLLS):
            if last is not None:
                await self.wait_after(last, interval)
            last = await self.poll(label, code.device_code)
            if last.error not in _WAITING:
                return last
            interval += SLOW_DOWN_STEP if last.error == ErrorCode.SLOW_DOWN else 0
        return None

    async def decide(self, decision: str, code: IssuedCode, *, fact: str | None = None) -> str:
        """Approve or deny a code; "" for success, or what went wrong, which is recorded as a fact."""
        result = "there is no --approve-command"
        if self._approver is not None:
            result = await self._approver(decision, code.user_code, code.uri, code.complete_uri)
        self.record.facts[fact or decision] = result
        return result

    async def approved_code(self) -> IssuedCode:
        """A new code that the command has approved.

        Raises:
            NotRecordedError: the command failed.
        """
        code = await self.code()
        if result := await self.decide("approve", code):
            raise NotRecordedError(result)
        return code


def issued(exchange: Exchange) -> IssuedCode:
    """The code in a response.

    Raises:
        NotRecordedError: it has none.
    """
    if not exchange.has_code:
        raise NotRecordedError(f"the server issued no code: {exchange.summary}")
    members = exchange.members
    return IssuedCode(
        exchange,
        device_code=exchange.text("device_code"),
        user_code=exchange.text("user_code"),
        uri=exchange.text("verification_uri"),
        complete_uri=exchange.text("verification_uri_complete"),
        interval=_seconds(members.get("interval"), DEFAULT_INTERVAL),
        expires_in=_seconds(members.get("expires_in"), 0),
    )


def _seconds(value: object, otherwise: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    return float(value) if 0 < value < 1e7 else otherwise
