"""Spells a code for a person who types it or reads it aloud; pure."""

_WORDS = [
    "Alfa",
    "Bravo",
    "Charlie",
    "Delta",
    "Echo",
    "Foxtrot",
    "Golf",
    "Hotel",
    "India",
    "Juliett",
    "Kilo",
    "Lima",
    "Mike",
    "November",
    "Oscar",
    "Papa",
    "Quebec",
    "Romeo",
    "Sierra",
    "Tango",
    "Uniform",
    "Victor",
    "Whiskey",
    "Xray",
    "Yankee",
    "Zulu",
]
"""The spelling alphabet of ICAO and ITU."""

_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def spelled(user_code: str) -> list[str]:
    """``W as in Whiskey`` for every letter; digits by their name, other characters as they are."""
    return [_spelled(character) for character in user_code]


def _spelled(character: str) -> str:
    if "A" <= character <= "Z":
        return f"{character} as in {_WORDS[ord(character) - ord('A')]}"
    if "0" <= character <= "9":
        return f"{character} (digit {_DIGITS[int(character)]})"
    return "- (a dash)" if character == "-" else character
