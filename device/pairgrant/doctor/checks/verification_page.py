"""The verification page, as a browser without a session sees it (RFC 8628 §3.3)."""

import re
from collections.abc import Callable

import httpx

from pairgrant.doctor.addresses import origin_of, parts_of, target_of
from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.code_entry_form import CodeEntryForm, code_entry_form
from pairgrant.doctor.conversation import Conversation, IssuedCode
from pairgrant.doctor.exchange import Exchange
from pairgrant.doctor.finding import Ruling, Severity, failed, not_judged, passed, warned
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant_protocol.user_code import ALPHABET
from pairgrant_protocol.vocabulary import ErrorCode

_PAGE, _LINK, _AFTER_LINK = "verification page", "prefilled link", "poll after the link"
_EXACT, _WRONG, _GUESS = "code as shown", "wrong code", "wrong guess"
_GUESSES = 30
_MOST_REDIRECTS = 4
_BROWSER = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "en",
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


def _grouped(code: str, separator: str) -> str:
    bare = re.sub(r"[\W_]+", "", code)
    return separator.join(bare[at : at + 4] for at in range(0, len(bare), 4))


_WAYS: dict[str, Callable[[str], str]] = {
    "code in small letters": str.lower,
    "code with blanks": lambda code: f" {_grouped(code, ' ')} ",
    "code with dashes": lambda code: _grouped(code, "-"),
    "code without dashes": lambda code: re.sub(r"[\W_]+", "", code),
}
"""How people type a code."""


async def _open(server: Conversation) -> None:
    code = await server.code()
    await _browse(server, _PAGE, code.uri, httpx.Cookies())
    if code.complete_uri:
        await _browse(server, _LINK, code.complete_uri, httpx.Cookies())
        await server.poll(_AFTER_LINK, code.device_code)


async def _type(server: Conversation) -> None:
    code = await server.code()
    await _submit(server, _EXACT, code, code.user_code)
    await _submit(server, _WRONG, await server.code(), wrong_code(code.user_code, 1))
    for label, typed in _WAYS.items():
        code = await server.code()
        await _submit(server, label, code, typed(code.user_code))


async def _guess(server: Conversation) -> None:
    code = await server.code()
    for number in range(1, _GUESSES + 1):
        guess = await _submit(server, _GUESS, code, wrong_code(code.user_code, number))
        if guess.status in {403, 429}:
            return


PAGE = Scenario("verification page", _open)
TYPED = Scenario("typed codes", _type)
GUESSES = Scenario("guesses", _guess, is_thorough=True)


async def _browse(server: Conversation, label: str, url: str, cookies: httpx.Cookies) -> Exchange:
    """Open a page and follow its redirects on the same origin."""
    exchange = await server.send(label, "GET", url, headers=_BROWSER, cookies=cookies)
    for _ in range(_MOST_REDIRECTS):
        place = exchange.header("location")
        if exchange.status not in {301, 302, 303, 307, 308} or not place:
            break
        target = target_of(exchange.url, place)
        if origin_of(target) != origin_of(url):
            break
        exchange = await server.send(label, "GET", target, headers=_BROWSER, cookies=cookies)
    return exchange


async def _submit(server: Conversation, label: str, code: IssuedCode, typed: str) -> Exchange:
    """Type a code into the page's form, with a new session.

    Raises:
        NotRecordedError: the page has no form for a code.
    """
    cookies = httpx.Cookies()
    page = await _browse(server, _PAGE, code.uri, cookies)
    form = code_entry_form(page.body, page.url) if page.is_ok else None
    if form is None or not _is_on_origin_of(form, page.url):
        raise NotRecordedError("the verification page has no HTML form for the code without a sign-in")
    headers = {
        **_BROWSER,
        "Sec-Fetch-Site": "same-origin",
        "Origin": origin_of(page.url),
        "Referer": page.url,
    }
    return await server.send(
        label,
        form.method,
        form.action,
        form=form.filled(typed),
        headers=headers,
        cookies=cookies,
        waits_if_busy=False,
    )


def _is_on_origin_of(form: CodeEntryForm, url: str) -> bool:
    return origin_of(form.action) == origin_of(url)


def wrong_code(code: str, number: int) -> str:
    """A code of the same shape as ``code``, another one for each ``number`` from 1."""
    changed, rest = [], number
    for character in code:
        alphabet = next(
            (one for one in ("0123456789", ALPHABET, ALPHABET.lower()) if character in one), character
        )
        step, rest = rest % len(alphabet), rest // len(alphabet)
        changed.append(alphabet[(alphabet.index(character) + step) % len(alphabet)])
    return "".join(changed)


def _page(record: Record) -> Exchange:
    exchange = record.one(_PAGE)
    if not exchange.is_ok:
        raise NotRecordedError(f"the verification page leads elsewhere: {exchange.status}")
    return exchange


def _opens(record: Record) -> Ruling:
    exchange = record.one(_PAGE)
    if exchange.is_fault or exchange.status in {404, 405, 410}:
        return failed(f"verification_uri is answered with {exchange.status}.", exchange)
    return passed(f"verification_uri is answered with {exchange.status}.")


def _framing(record: Record) -> Ruling:
    exchange = _page(record)
    policy = exchange.header("content-security-policy").lower()
    options = exchange.header("x-frame-options").strip().lower()
    if "frame-ancestors" in policy or options in {"deny", "sameorigin"}:
        return passed("Other sites can't frame the page.")
    return failed("Any site can show the verification page in a frame.", exchange)


def _referrer(record: Record) -> Ruling:
    if not record.all(_LINK):
        raise NotRecordedError(record.gap or "there is no verification_uri_complete")
    exchange = record.one(_LINK)
    if not exchange.is_ok:
        raise NotRecordedError(f"the link leads elsewhere: {exchange.status}")
    policy = exchange.header("referrer-policy").lower()
    if any(word in policy for word in ("no-referrer", "same-origin", "origin", "strict-origin")) and (
        "unsafe-url" not in policy
    ):
        return passed("The page doesn't pass its address on.")
    return warned("The page with the code in its address has no Referrer-Policy.", exchange)


def _link_harmless(record: Record) -> Ruling:
    if not record.all(_LINK):
        raise NotRecordedError(record.gap or "there is no verification_uri_complete")
    exchange = record.one(_AFTER_LINK)
    if exchange.has_tokens:
        return failed("Opening verification_uri_complete approves the device.", exchange)
    if exchange.error not in {ErrorCode.AUTHORIZATION_PENDING, ErrorCode.SLOW_DOWN}:
        return failed(f"Opening verification_uri_complete ends the code: {exchange.summary}.", exchange)
    return passed("Opening verification_uri_complete changes nothing.")


def _signature(exchange: Exchange) -> tuple[int, str, bool]:
    """How the page reacts, without what differs from code to code."""
    place = parts_of(exchange.header("location")).path
    return exchange.status, place, code_entry_form(exchange.body, exchange.url) is not None


def _typed(record: Record) -> Ruling:
    exact, wrong = record.one(_EXACT), record.one(_WRONG)
    if exact.status == 429 or wrong.status == 429:
        return not_judged("The page limits how often codes are entered.", exact, wrong)
    if _signature(exact) == _signature(wrong):
        return not_judged("The page reacts to a right code as to a wrong one.", exact, wrong)
    refused = [label for label in _WAYS if _signature(record.one(label)) != _signature(exact)]
    if refused:
        shown = tuple(record.one(label) for label in refused)
        return failed(f"The page refuses a right {', a right '.join(refused)}.", exact, *shown)
    return passed("The page accepts the code in small letters, with blanks, with and without dashes.")


def _prefilled(record: Record) -> Ruling:
    if not record.all(_LINK):
        raise NotRecordedError(record.gap or "there is no verification_uri_complete")
    exchange = record.one(_LINK)
    if exchange.is_fault or exchange.status in {404, 405, 410}:
        return failed(f"verification_uri_complete is answered with {exchange.status}.", exchange)
    if not exchange.is_ok:
        return not_judged(f"The link leads elsewhere: {exchange.status}.", exchange)
    return passed("verification_uri_complete opens a page.")


def _guess_limit(record: Record) -> Ruling:
    guesses = record.all(_GUESS)
    if not guesses:
        raise NotRecordedError(record.gap or "no guess was sent")
    if guesses[-1].status in {403, 429}:
        return passed(f"Guesses are stopped after {len(guesses) - 1}.")
    if len(guesses) > 1 and _signature(guesses[-1]) != _signature(guesses[0]):
        return passed("Later guesses are treated differently from the first ones.")
    if len(guesses) < _GUESSES:
        raise NotRecordedError(record.gap or "too few guesses were sent")
    return warned(f"{len(guesses)} wrong codes from one address met no limit.", guesses[-1])


_HIGH, _MEDIUM, _LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW

CHECKS = (
    Check(
        "page.opens",
        PAGE,
        _HIGH,
        "RFC 8628 §3.3",
        "verification_uri opens a page.",
        "Serve the page, or correct the address.",
        _opens,
    ),
    Check(
        "page.framing",
        PAGE,
        _HIGH,
        "RFC 9700 §4.16",
        "Other sites can't frame the page.",
        "Send Content-Security-Policy: frame-ancestors 'none'.",
        _framing,
    ),
    Check(
        "page.link-opens",
        PAGE,
        _MEDIUM,
        "RFC 8628 §3.3.1",
        "verification_uri_complete opens a page.",
        "Serve the page, or leave verification_uri_complete out.",
        _prefilled,
    ),
    Check(
        "page.link-harmless",
        PAGE,
        _HIGH,
        "RFC 8628 §3.3.1; RFC 10027, user experience",
        "Opening the link changes nothing.",
        "Change nothing on GET: previews of chats and mail scanners open links too.",
        _link_harmless,
    ),
    Check(
        "page.referrer",
        PAGE,
        _LOW,
        "RFC 9700 §4.2.4",
        "The page doesn't pass the code on in a Referer.",
        "Send Referrer-Policy: no-referrer.",
        _referrer,
    ),
    Check(
        "page.typed-codes",
        TYPED,
        _MEDIUM,
        "RFC 8628 §6.1",
        "The code is accepted as people type it.",
        "Ignore case, blanks and dashes in a typed code.",
        _typed,
    ),
    Check(
        "page.guess-limit",
        GUESSES,
        _HIGH,
        "RFC 8628 §5.1; RFC 10027, rate limits",
        "Guesses are limited.",
        "Limit wrong codes for each network, each account, and in all.",
        _guess_limit,
    ),
)
