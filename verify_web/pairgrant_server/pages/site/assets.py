"""What a page loads whatever the brand: our icon, our script, and what live pages need of NiceGUI."""

from functools import cache
from pathlib import Path

import nicegui
from nicegui import ui

from pairgrant_server.front.static_files import ONE_DAY, StaticFile, digest_of
from pairgrant_server.pages.site.live_part import LivePart

_JAVASCRIPT = "text/javascript; charset=utf-8"
_SVG = "image/svg+xml"
_TEXT = "text/plain; charset=utf-8"

_FOLDER = Path(__file__).parents[1] / "static"
_NICEGUI_FOLDER = Path(nicegui.__file__).parent / "static"
_NICEGUI_PATH = f"/_nicegui/{nicegui.__version__}"

NICEGUI_SCRIPTS = ("vue.esm-browser.prod.js", "socket.io.min.js", "nicegui.js")
"""Vue, Socket.IO and NiceGUI. Not Quasar, which is two thirds of the size: no Quasar component is used."""


LIVE_SCRIPT_FILES = ("times", "patching", "showing", "connection")
"""One module: a page that has lost its connection needs no further request to go on."""


def _named_by_content(name: str, content: bytes) -> str:
    stem, _, suffix = name.partition(".")
    return f"/static/{stem}.{digest_of(content)}.{suffix}"


_LIVE_SCRIPT = b"".join((_FOLDER / "live" / f"{name}.js").read_bytes() for name in LIVE_SCRIPT_FILES)
LIVE_SCRIPT_URL = _named_by_content("live.js", _LIVE_SCRIPT)
_ICON = (_FOLDER / "logo.svg").read_bytes()
ICON_URL = _named_by_content("logo.svg", _ICON)
LOGO = _ICON.decode()


@cache
def static_files() -> dict[str, StaticFile]:
    """By path."""
    files = {
        LIVE_SCRIPT_URL: StaticFile(_LIVE_SCRIPT, _JAVASCRIPT),
        ICON_URL: StaticFile(_ICON, _SVG),
        "/robots.txt": StaticFile(b"User-agent: *\nDisallow: /\n", _TEXT, ONE_DAY),
    }
    for name in NICEGUI_SCRIPTS:
        content = (_NICEGUI_FOLDER / name).read_bytes()
        files[f"{_NICEGUI_PATH}/static/{name}"] = StaticFile(content, _JAVASCRIPT)
    for element in (ui.timer, LivePart):
        component = element.component
        assert component is not None  # noqa: S101 - both are components
        url = f"{_NICEGUI_PATH}/components/{component.key}"
        files[url] = StaticFile(component.path.read_bytes(), _JAVASCRIPT)
    return files
