"""The method and the URL of a request that a person or a script names on the command line."""

import re
from argparse import ArgumentTypeError

from pairgrant_protocol.json_object import MalformedMessageError
from pairgrant_protocol.messages import web_uri
from pairgrant_protocol.visible_text import visible

_METHOD = re.compile(r"[A-Za-z]+")


def checked_method(text: str) -> str:
    """The method in upper case.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not _METHOD.fullmatch(text):
        raise ArgumentTypeError(f"{visible(text)!r} is not an HTTP method")
    return text.upper()


def checked_url(text: str) -> str:
    """The URL unchanged.

    Raises:
        ArgumentTypeError: it is not an http or https URL.
    """
    try:
        web_uri(text, "URL")
    except MalformedMessageError:
        raise ArgumentTypeError(f"{visible(text)!r} is not an http or https URL") from None
    return text
