"""The two digits of the number match as people type them, step (D). Pure."""

import re

_NUMBER = re.compile("[0-9]{2}")


def typed_number(text: str) -> str | None:
    """The digits; None for anything else, which is asked for again and is no wrong number.

    Digits of other scripts count as their like.
    """
    shown = "".join(text.split())
    number = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in shown)
    return number if _NUMBER.fullmatch(number) else None
