"""How hard the codes are to guess, estimated from several of them (RFC 8628 §5.1, §5.2, §6.1)."""

import math
import re
from string import ascii_lowercase, ascii_uppercase, digits

from pairgrant.doctor.check import Check, Scenario
from pairgrant.doctor.checks.start import squeezed
from pairgrant.doctor.conversation import Conversation
from pairgrant.doctor.exchange import Exchange
from pairgrant.doctor.finding import Ruling, Severity, failed, passed, warned
from pairgrant.doctor.record import NotRecordedError, Record
from pairgrant_protocol.user_code import ALPHABET

_START = "one of several starts"
_TIMES = 6
_NINE_DIGITS = 29.8
"""Bits; the weaker of the RFC's two examples (nine digits)."""
_FAR_TOO_FEW = 24.0
_DEVICE_CODE_BITS = 128
"""RFC 6749 §10.10: the probability of a guess is at most 2^-128."""

_ALIKE = ("0O", "1I", "1L", "5S", "2Z", "8B", "IL", "UV")
"""Pairs that look alike in many typefaces; the first six are the usual complaints."""


async def _ask(server: Conversation) -> None:
    for _ in range(_TIMES):
        await server.start(_START)


SCENARIO = Scenario("code strength", _ask)


def _codes(record: Record, name: str) -> tuple[list[str], Exchange]:
    """The codes of all starts, and the last exchange.

    Raises:
        NotRecordedError: there are fewer than three.
    """
    exchanges = [exchange for exchange in record.all(_START) if exchange.has_code]
    if len(exchanges) < 3:
        raise NotRecordedError(record.gap or "the server issued too few codes to compare")
    return [exchange.text(name) for exchange in exchanges], exchanges[-1]


def alphabet_size(codes: list[str]) -> int:
    """How many different characters the codes are probably made of; rather too many than too few."""
    seen = set("".join(codes))
    if seen <= set(digits):
        return 10
    if seen <= set(ALPHABET) or seen <= set(ALPHABET.lower()):
        return len(ALPHABET)
    classes = (digits, ascii_lowercase, ascii_uppercase)
    size = sum(len(one) for one in classes if seen & set(one))
    return size + len(seen - set("".join(classes)))


def varying_length(codes: list[str]) -> int:
    """How many positions differ between the codes, in the shortest one."""
    return sum(len(set(column)) > 1 for column in zip(*codes, strict=False))


def bits(codes: list[str], *, ignores_case: bool = False) -> float:
    """An upper estimate of the entropy of such codes."""
    compared = [code.upper() for code in codes] if ignores_case else codes
    return varying_length(compared) * math.log2(max(alphabet_size(compared), 2))


def _user_code_bits(record: Record) -> Ruling:
    codes, last = _codes(record, "user_code")
    found = bits([squeezed(code) for code in codes], ignores_case=True)
    text = f"A user_code has at most {found:.0f} bits."
    if found < _FAR_TOO_FEW:
        return failed(text, last)
    return warned(text, last) if found < _NINE_DIGITS else passed(text)


def _alphabet(record: Record) -> Ruling:
    codes, last = _codes(record, "user_code")
    seen = set("".join(codes).upper())
    alike = [pair for pair in _ALIKE[:6] if set(pair) <= seen]
    written = "".join(codes)
    if written not in {written.upper(), written.lower()}:
        return warned("Codes have capitals and small letters, and people mix them up.", last)
    if alike:
        return warned(f"Codes have characters that look alike: {', '.join(alike)}.", last)
    if seen & set("AEIOU"):
        return warned("Codes have vowels, so that they can spell words.", last)
    return passed("Codes have neither vowels nor characters that look alike.")


def _device_code_bits(record: Record) -> Ruling:
    codes, last = _codes(record, "device_code")
    found = bits(codes)
    if found < _DEVICE_CODE_BITS:
        return failed(f"A device_code has at most {found:.0f} bits.", last)
    return passed(f"A device_code may have {min(found, 4096):.0f} bits.")


def _distinct(record: Record) -> Ruling:
    for name in ("user_code", "device_code"):
        codes, last = _codes(record, name)
        if len(set(codes)) < len(codes):
            return failed(f"Two starts got the same {name}.", last)
    return passed("Every start got codes of its own.")


def _independent(record: Record) -> Ruling:
    user_codes, last = _codes(record, "user_code")
    device_codes, _ = _codes(record, "device_code")
    for user_code, device_code in zip(user_codes, device_codes, strict=True):
        if squeezed(user_code) and squeezed(user_code) in re.sub(r"[\W_]+", "", device_code).lower():
            return failed("The device_code contains the user_code.", last)
    return passed("The device_code doesn't contain the user_code.")


CHECKS = (
    Check(
        "codes.user-code-entropy",
        SCENARIO,
        Severity.HIGH,
        "RFC 8628 §5.1, §6.1",
        "A user_code is hard to guess.",
        "Use eight letters of the alphabet BCDFGHJKLMNPQRSTVWXZ, or nine digits, from a secure generator.",
        _user_code_bits,
    ),
    Check(
        "codes.alphabet",
        SCENARIO,
        Severity.LOW,
        "RFC 8628 §6.1",
        "A user_code can be read and typed without mistakes.",
        "Use an alphabet without vowels and without characters that look alike, in one case.",
        _alphabet,
    ),
    Check(
        "codes.device-code-entropy",
        SCENARIO,
        Severity.HIGH,
        "RFC 8628 §5.2; RFC 6749 §10.10",
        "A device_code can't be guessed.",
        "Make it of at least 128 random bits.",
        _device_code_bits,
    ),
    Check(
        "codes.distinct",
        SCENARIO,
        Severity.HIGH,
        "RFC 8628 §3.2; RFC 10027, unique codes",
        "Every request gets codes of its own.",
        "Generate both codes for each request.",
        _distinct,
    ),
    Check(
        "codes.independent",
        SCENARIO,
        Severity.HIGH,
        "RFC 8628 §5.2",
        "The device_code doesn't follow from the user_code.",
        "Generate the device_code independently of the user_code.",
        _independent,
    ),
)
