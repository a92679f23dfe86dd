"""What is shown of a person's devices: the query of ``/devices``, as typed and as links have it; pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.connected_device import DeviceGroup, DeviceOrder
from pairgrant_server.authorization_server.tokens.device_lists import ListRequest

LIST_FIELD = "list"
"""The query of the list that a form was on, so that the person returns to it."""

LONGEST_WORDS = 60
_MOST_PAGES = 100_000

_Choice = TypeVar("_Choice", bound=StrEnum)


def list_request(query: Mapping[str, str]) -> ListRequest:
    """``query`` with the default for everything that is missing or unknown."""
    page = query.get("page", "")
    words = " ".join(query.get("q", "")[:LONGEST_WORDS].split())
    return ListRequest(
        words="".join(character for character in words if visible(character) == character),
        order=_choice(DeviceOrder, query.get("sort"), DeviceOrder.SEEN),
        group=_choice(DeviceGroup, query.get("group"), DeviceGroup.NONE),
        page=min(max(int(page), 1), _MOST_PAGES) if page.isdecimal() and len(page) < 10 else 1,
    )


def query_of(asked: ListRequest) -> str:
    """The query that ``list_request`` reads as ``asked``, without defaults."""
    members = {
        "q": asked.words,
        "sort": "" if asked.order is DeviceOrder.SEEN else asked.order.value,
        "group": asked.group.value,
        "page": "" if asked.page == 1 else str(asked.page),
    }
    return urlencode({name: value for name, value in members.items() if value})


def list_path(query: str) -> str:
    """The path of the list with ``query``, from a form; whatever else is in it is left out."""
    wanted = query_of(list_request(dict(parse_qsl(query))))
    return f"/devices?{wanted}" if wanted else "/devices"


def _choice(choices: type[_Choice], value: str | None, default: _Choice) -> _Choice:
    return choices(value) if value in list(choices) else default
