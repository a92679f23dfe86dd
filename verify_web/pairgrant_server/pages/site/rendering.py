"""From a template to a page: every value is escaped, and a page without a live part has no script."""

from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from pairgrant_protocol.visible_text import visible
from pairgrant_server.pages.site import assets
from pairgrant_server.pages.site.formatting import (
    countdown,
    date_element,
    duration,
    time_ago,
    time_element,
)
from pairgrant_server.pages.site.language_choice import language_names, page_to_come_back_to
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.pages.site.scope_texts import KNOWN_SCOPES, scope_text, shown_scopes
from pairgrant_server.pages.site.site import Site
from pairgrant_server.request_id import request_id
from pairgrant_server.translation import catalogue, reader, translated

environment = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=translated,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
environment.policies["ext.i18n.trimmed"] = True
environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
    lambda message: catalogue().gettext(message),
    lambda singular, plural, count: catalogue().ngettext(singular, plural, count),
    newstyle=True,
    pgettext=lambda context, message: catalogue().pgettext(context, message),
    npgettext=lambda context, singular, plural, count: catalogue().npgettext(
        context, singular, plural, count
    ),
)
environment.filters.update(
    visible=visible,
    time_ago=time_ago,
    last_seen=time_ago,
    date=date_element,
    moment=time_element,
    countdown=countdown,
    duration=duration,
    scope_text=scope_text,
    shown_scopes=shown_scopes,
    translated=translated,
)
environment.globals.update(
    live_script_url=assets.LIVE_SCRIPT_URL,
    live=False,
    language_names=language_names,
    polls=False,
    reader=reader,
    request_id=request_id,
)


def layout(request: PageRequest) -> dict[str, Any]:
    """The variables of the layout around every page."""
    return {
        **_of_every_page(request.site),
        "user": request.user,
        "csrf_token": request.csrf_token,
        "path": request.http.scope["path"],
        "page_in_other_languages": page_to_come_back_to(request),
    }


def anonymous_layout(site: Site) -> dict[str, Any]:
    """The same for pages that do not load a session."""
    return {
        **_of_every_page(site),
        "user": None,
        "csrf_token": "",
        "path": "",
        "page_in_other_languages": None,
    }


def _of_every_page(site: Site) -> dict[str, Any]:
    return {
        "public_url": site.public_url,
        "host": urlsplit(site.public_url).netloc,
        "look": site.look,
        KNOWN_SCOPES: site.scopes.known,
    }


def render(template: str, context: Mapping[str, Any]) -> str:
    return environment.get_template(template).render(context)


def render_title(template: str, context: Mapping[str, Any]) -> str:
    """The title of a page, as plain text."""
    page, document = environment.get_template(template), environment.get_template("document.html")
    inherited = page.new_context(dict(context))
    for name, block in document.blocks.items():
        inherited.blocks.setdefault(name, []).append(block)
    return unescape("".join(document.blocks["full_title"](inherited))).strip()


def render_page(request: PageRequest, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A complete page without scripts."""
    html = render(template, {**layout(request), **context})
    return request.with_session_cookie(HTMLResponse(html, status))
