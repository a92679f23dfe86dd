"""Spells a code for a person who types it or reads it aloud; pure."""

from pairgrant.translation import Translatable, gettext, translated

# Translators: the spelling alphabet of your language, a word for each letter from A to Z, with spaces between
_WORDS = Translatable(
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike "
    "November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey Xray Yankee Zulu"
)
"""The spelling alphabet of ICAO and ITU; a translation may have the one of its country."""

# Translators: the digits from 0 to 9
_DIGITS = Translatable("zero one two three four five six seven eight nine")


def spelled(user_code: str) -> list[str]:
    """``W as in Whiskey`` for every letter; digits by their name, other characters as they are."""
    return [_spelled(character) for character in user_code]


def _spelled(character: str) -> str:
    if "A" <= character <= "Z":
        word = translated(_WORDS).split()[ord(character) - ord("A")]
        return gettext("{letter} as in {word}", letter=character, word=word)
    if "0" <= character <= "9":
        name = translated(_DIGITS).split()[int(character)]
        return gettext("{digit} (digit {name})", digit=character, name=name)
    return gettext("- (a dash)") if character == "-" else character
