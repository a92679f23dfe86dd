"""Which names a person could take for another one (UTS 39: confusable letters, mixed scripts). Pure."""

# ruff: noqa: RUF001 - the tables list the letters that look alike

import re
import unicodedata
from collections.abc import Iterable
from itertools import product

_LOOKALIKES = (
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβγεηικμνορςστυχωϝϳθΘ", "abezhikmnoptyxabyenikuvopcotuxwfjoo"),  # Greek
    ("аеорсухіјѕһкмтвнѵԁԛԝьгпѡөѳүєӏԍ", "aeopcyxijshkmtbhvdqwbrnwooyelg"),  # Cyrillic
    ("օսոհյցգզքւառլՍՏ", "ounhjgqqpiwnlus"),  # Armenian
    ("ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᎽᎾᏀᏂᏃᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏴᏻ", "drtiyajewmhyoghzbrwsvslcpkbg"),  # Cherokee
    ("ⲁⲃⲅⲉⲏⲓⲕⲙⲛⲟⲣⲥⲧⲩⲭⲱ", "abrehikmnopctyxw"),  # Coptic
    ("ᐯᑌᑎᑭᒍᒪᗪᗷᗞᖇᕼᔕᑕᗩᗰᗯᖴᕮ", "vunpjldbdrhscamwfe"),  # Canadian syllabics
    ("ꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ", "bpdtgkjczfnlsrvhwxyaeiou"),  # Lisu
    ("ƖɩɑɣßþƿƅƄꞵǃǀʘƽƼ", "iiaybppbbbiioss"),  # Latin, but for those that name their letter
    ("丅丫口ロ〇工エ", "tyoooii"),  # Chinese and Japanese
    ("٥۵", "oo"),  # Arabic digits
    ("$@|¦∣∨⋁√⊤┬†○◯●℮€£¢∪∩×", "saiiivvvtttoooeelcunx"),
)
_LETTERS = str.maketrans("".join(seen for seen, _ in _LOOKALIKES), "".join(read for _, read in _LOOKALIKES))
_DIGITS = dict(zip("0123456789", "oizeasbtbg", strict=True))
"""The letter that a digit looks like. Two digits never look alike, so "TV 6" is not "TV 8"."""

_NAMED_LETTER = re.compile(r"(?:LATIN|NEGATIVE|REGIONAL)\b.* LETTER (?:[A-Z-]+ )*?([A-Z])(?: WITH .+)?")
_OTHER = re.compile(r"[^\w]|_")
_WITH_LATIN = frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
"""Scripts that names of products mix; their letters hardly resemble Latin ones (UTS 39 §5.2)."""


def looks_like(name: str, known: Iterable[str]) -> bool:
    """Whether a person can take ``name`` for one of the ``known`` names."""
    seen = _readings(name)
    return any(_is_alike(*pair) for one in known for pair in product(seen, _readings(one)))


def mixes_scripts(name: str) -> bool:
    """Whether ``name`` has letters of several scripts that are not usually written together."""
    letters = filter(str.isalpha, unicodedata.normalize("NFKC", name))
    scripts = {re.split("[ -]", unicodedata.name(letter, ""))[0] for letter in letters} - {"MODIFIER"}
    return len(scripts) > 1 and not scripts <= _WITH_LATIN


def _readings(name: str) -> set[str]:
    """``name`` without its signs, and with signs as the letters that they look like."""
    signs = name.replace("\\/", "v").replace("/\\", "a").replace("()", "o")
    skeletons = {_skeleton("".join(filter(str.isalnum, name))), _skeleton(signs)} - {""}
    return skeletons or {name}


def _skeleton(name: str) -> str:
    """``name`` as a hasty reader sees it: no case, marks and spaces; look-alikes as one letter."""
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(_letter(one) for one in plain if unicodedata.category(one)[0] != "M")
    return _OTHER.sub("", letters).replace("l", "i").replace("rn", "m").replace("vv", "w")


def _letter(character: str) -> str:
    plain = character.translate(_LETTERS).casefold().translate(_LETTERS)
    if plain.isascii():
        return plain
    found = _NAMED_LETTER.fullmatch(unicodedata.name(character, ""))
    return plain if found is None else found[1].lower()


def _is_alike(one: str, other: str) -> bool:
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(
        a == b or _DIGITS.get(a) == b or _DIGITS.get(b) == a for a, b in pairs
    )
