"""What a person reads about an entry that can't be a code: everything that is wrong with it, at once."""

from pairgrant_protocol.code_entry import NoCode, NotACode, NothingEntered, OtherSite, Unreadable
from pairgrant_protocol.user_code import LENGTH
from pairgrant_protocol.visible_text import visible
from pairgrant_server.translation import gettext


def expected_letters(longest: int) -> str:
    """How many letters a live code has: ``8``, or a range; ``longest`` is that of the longest live one."""
    return f"{LENGTH}" if longest == LENGTH else f"{LENGTH}\u2013{longest}"


def explanation(problem: NotACode, *, host: str, longest: int) -> str:
    """``host`` is the name of this site."""
    match problem:
        case NothingEntered(is_link=True):
            return gettext("This is only the address of this page. Enter the code that your device shows.")
        case NothingEntered():
            return gettext("Enter the code that your device shows.")
        case OtherSite(host=other):
            return gettext(
                "This link belongs to another site, {other}, and its code doesn't work on {host}. Open the "
                "address that your device shows.",
                other=visible(other, limit=60),
                host=host,
            )
        case NoCode():
            return gettext(
                "This isn't a code. A code has {letters} letters, as in WDJB-MJHT. Enter the one that your "
                "device shows.",
                letters=expected_letters(longest),
            )
    return " ".join(_faults(problem, longest))


def _faults(entry: Unreadable, longest: int) -> list[str]:
    sentences = []
    if entry.strange:
        never = _one_of([visible(strange.character) for strange in entry.strange])
        sentences = [gettext("A code never contains {never}, only consonants from B to Z.", never=never)]
    hints: dict[str, list[str]] = {}
    for strange in entry.strange:
        hints.setdefault(strange.may_be, []).append(visible(strange.character))
    sentences += [
        gettext(
            "{character} may be {letters}.", character=_one_of(characters), letters=_one_of(list(letters))
        )
        for letters, characters in hints.items()
        if letters
    ]
    if entry.has_wrong_length:
        sentences.append(
            gettext(
                "A code has {letters} letters; this has {count}.",
                letters=expected_letters(longest),
                count=entry.letters,
            )
        )
    if entry.letters < LENGTH and not entry.strange:
        return [*sentences, gettext("Enter all letters that your device shows.")]
    return [*sentences, gettext("Compare it with your device.")]


def too_many_letters(code: str, *, longest: int) -> str | None:
    """About a code that was not found, and is longer than any live one."""
    if len(code) <= longest:
        return None
    return gettext(
        "Codes have {letters} letters at the moment; this has {count}.",
        letters=expected_letters(longest),
        count=len(code),
    )


def _one_of(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    return gettext("{names} or {last}", names=", ".join(names[:-1]), last=names[-1])
