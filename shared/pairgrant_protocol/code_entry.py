"""What a person typed or pasted into the field for the code: a code, or why it can't be one (RFC 8628 §6.1).

Only what surrounds a code is removed, and letters of other scripts are read by their shape. A letter is never
corrected: a wrong code must not become another one. Pure; a page makes the sentence.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from string import ascii_lowercase, ascii_uppercase
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pairgrant_protocol.user_code import ALPHABET, LENGTH, MAX_LENGTH

MAX_ENTERED = 500
"""Characters that are read: a link, and the sentence of the device around it."""


@dataclass(frozen=True, slots=True)
class EnteredCode:
    """``is_link``: it stood in a link of this site, so the person did not type or paste the code itself."""

    code: str = field(repr=False)
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class NothingEntered:
    """``is_link``: only an address of this site, without a code."""

    is_link: bool = False


@dataclass(frozen=True, slots=True)
class OtherSite:
    """A link to another site, whose codes are unknown here. ``host`` is text of a stranger."""

    host: str
    is_link: bool = True


@dataclass(frozen=True, slots=True)
class NoCode:
    """Far too long for a code, or prose."""

    is_link: bool = False


@dataclass(frozen=True, slots=True)
class StrangeCharacter:
    """A character that no code contains, and the letters that it may be on the device."""

    character: str
    may_be: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """``strange`` characters, a number of ``letters`` that no code has, or both."""

    strange: tuple[StrangeCharacter, ...]
    letters: int
    is_link: bool = False

    @property
    def has_wrong_length(self) -> bool:
        return not LENGTH <= self.letters <= MAX_LENGTH


NotACode = NothingEntered | OtherSite | NoCode | Unreadable

_MOST_STRANGE = 3
_MOST_LETTERS = 2 * MAX_LENGTH
"""Prose has more; then neither its letters nor their number explain anything."""

_SPACE_AND_QUOTES = re.compile(r"[\s\"'<>«»„“”‚‘’`]+")  # noqa: RUF001 - quotation marks
_NO_LETTER = re.compile(r"[\W_]+")
_WITH_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://.*", re.IGNORECASE)
_WITHOUT_SCHEME = re.compile(r"(?:[^/?#:]+\.[^/?#:]+|localhost)(?::[0-9]+)?/.*", re.IGNORECASE)
_PATH_ONLY = re.compile(r"/D/.+|/device\?.*", re.IGNORECASE)
_COMPLETE = re.compile(r"/D/([^/]+)", re.IGNORECASE)

_NOUNS = frozenset({"code", "codes", "codice", "código", "codigo", "gerätecode", "usercode"})
_INTRODUCTIONS = """
your user device the is enter type open use and on at this here page site
il tuo questo è del dispositivo utente inserisci scrivi apri pagina e
ihr dein diesen der den des ist lautet gerät geräts gib geben sie ein öffne öffnen und seite
el tu su este es usuario introduce escribe abre página y
le votre ton ce est de appareil utilisateur saisissez entrez ouvrez et
"""
"""What stands before a code on a device and in messages, in the languages of the site."""
_WORDS = _NOUNS | frozenset(_INTRODUCTIONS.split())
_ELISIONS = frozenset({"l", "d"})
"""French: *le code de l'appareil*."""

_UPPER_CASE = str.maketrans(ascii_lowercase, ascii_uppercase)
_SAME_SHAPE = str.maketrans(
    "ВСЕНІЈКМОРЅТУХАԚԜ" + "всеніјкморѕтухаԛԝ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "κορτχ",  # noqa: RUF001
    "BCEHIJKMOPSTYXAQW" + "BCEHIJKMOPSTYXAQW" + "ABEZHIKMNOPTYX" + "KOPTX",
)
"""Cyrillic and Greek letters of the shape of a Latin one. A small nu looks like v, so it is none."""

_MAY_BE = {
    "0": "CDGQ",
    "1": "JLT",
    "2": "Z",
    "3": "B",
    "5": "S",
    "6": "BG",
    "7": "TZ",
    "8": "B",
    "9": "GQ",
    "A": "HR",
    "E": "BF",
    "I": "JLT",
    "O": "CDGQ",
    "U": "JVW",
    "Y": "VX",
    "ß": "B",
    "ν": "NV",  # noqa: RUF001
    "η": "HN",
}


def read_entry(entered: str, host: str) -> EnteredCode | NotACode:
    """The code in ``entered``. Links to ``host``, a host name, are this site's."""
    cleaned = "" if len(entered) > MAX_ENTERED else _cleaned(entered)
    if len(entered) > MAX_ENTERED or len(cleaned) > MAX_ENTERED:  # one character may stand for eighteen
        return NoCode()
    links: list[SplitResult] = []
    words: list[str] = []
    for part in _SPACE_AND_QUOTES.split(cleaned):
        link = _link_in(part, host)
        if link is None:
            words.append(part)
        elif not link.hostname:
            return NoCode(is_link=True)
        elif _a_labels(link.hostname) != _a_labels(host):
            return OtherSite(link.hostname)
        else:
            links.append(link)
    linked = [code for code in map(_code_in, links) if code]
    if linked:
        return read_linked(linked[0])
    if links and not _NO_LETTER.sub("", "".join(words)):
        return NothingEntered(is_link=True)
    return _read(" ".join(words), has_address=bool(links))


def read_linked(code: str) -> EnteredCode | NotACode:
    """The code that the path or the query of a link to this site carries."""
    return NoCode(is_link=True) if len(code) > MAX_ENTERED else _read(_cleaned(code), is_link=True)


def _cleaned(entered: str) -> str:
    """Without characters that are not seen, and with one form of each letter."""
    return "".join(c for c in unicodedata.normalize("NFKC", entered) if unicodedata.category(c) != "Cf")


def _link_in(part: str, host: str) -> SplitResult | None:
    """The link in a part without spaces; punctuation may surround it."""
    part = part.strip("()[]{},;.!*")
    if (found := _WITH_SCHEME.search(part)) is not None:
        address = found[0]
    elif _PATH_ONLY.fullmatch(part):
        address = f"//{host}{part}"
    elif _WITHOUT_SCHEME.fullmatch(part) or part.casefold().startswith(f"{host.casefold()}/"):
        address = f"//{part}"
    else:
        return None
    try:
        return urlsplit(address)
    except ValueError:  # brackets around what is no IPv6 address
        return urlsplit("")


def _a_labels(host: str) -> str:
    try:
        return host.casefold().encode("idna").decode()
    except UnicodeError:
        return host


def _code_in(link: SplitResult) -> str | None:
    if (complete := _COMPLETE.match(link.path)) is not None:
        return unquote(complete[1])
    return parse_qs(link.query).get("user_code", [None])[0]


def _read(text: str, *, is_link: bool = False, has_address: bool = False) -> EnteredCode | NotACode:
    words = [word for word in _NO_LETTER.split(text) if word]
    signs = "".join(words[_label_length(words, has_address=has_address) :])
    signs = signs.translate(_SAME_SHAPE).translate(_UPPER_CASE)
    if not signs:
        return NothingEntered(is_link)
    strange = tuple(dict.fromkeys(sign for sign in signs if sign not in ALPHABET))
    if len(signs) > MAX_LENGTH and (len(strange) > _MOST_STRANGE or len(signs) > _MOST_LETTERS):
        return NoCode(is_link)
    if strange or not LENGTH <= len(signs) <= MAX_LENGTH:
        characters = tuple(StrangeCharacter(sign, _MAY_BE.get(sign, "")) for sign in strange)
        return Unreadable(characters, len(signs), is_link)
    return EnteredCode(signs, is_link)


def _label_length(words: list[str], *, has_address: bool) -> int:
    """How many of ``words`` only introduce the code; all of them are known, and one is a noun for it."""
    length, has_noun = 0, has_address
    for count, word in enumerate(words, start=1):
        known = word.casefold()
        if known in _WORDS:
            length, has_noun = count, has_noun or known in _NOUNS
        elif known not in _ELISIONS:
            break
    return length if has_noun else 0
