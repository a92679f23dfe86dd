"""From a template to a page: everything is escaped, nothing is inline, and a page without a live part has no script."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from pairgrant_protocol.visible_text import visible
from pairgrant_server.pages.site import assets, words
from pairgrant_server.pages.site.visit import Visit

environment = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.filters.update(
    visible=visible, ago=words.ago, lately=words.lately, countdown=words.countdown, in_words=words.in_words
)
environment.globals.update(
    stylesheet_url=assets.STYLESHEET_URL,
    icon_url=assets.ICON_URL,
    logo=assets.LOGO,
    live=False,
)


def frame(visit: Visit) -> dict[str, Any]:
    """What the frame around every page shows."""
    return {
        "host": urlsplit(visit.site.public_url).netloc,
        "user": visit.user,
        "csrf_token": visit.csrf_token,
        "path": visit.request.scope["path"],
    }


def strangers_frame(public_url: str) -> dict[str, Any]:
    """The same where no session was looked at."""
    return {"host": urlsplit(public_url).netloc, "user": None, "csrf_token": "", "path": ""}


def render(template: str, context: Mapping[str, Any]) -> str:
    return environment.get_template(template).render(context)


def still(visit: Visit, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page as it is, without scripts."""
    return visit.answered(HTMLResponse(render(template, {**frame(visit), **context}), status))
