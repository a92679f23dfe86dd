"""A logo of the operator's: a PNG, or an SVG that loads nothing and runs nothing."""

import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from pairgrant_server.brand.errors import BrandError

MOST_BYTES = 64 * 1024
MOST_PIXELS = 2048
"""Of the width and of the height of a PNG."""

_WIDEST = 6
"""Width divided by height, at most; the logo shares the bar with the navigation of a phone."""

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG_ROOT = "{http://www.w3.org/2000/svg}svg"
_HTML = "{http://www.w3.org/1999/xhtml"
_REFUSED_ELEMENTS = {"script", "foreignObject", "iframe", "image", "feImage", "a", "handler", "listener"}
_REFUSED_MARKUP = re.compile(r"<!DOCTYPE|<!ENTITY|<\?xml-stylesheet", re.IGNORECASE)
_OUTER_REFERENCE = re.compile(
    r"""url\(\s*["']?\s*(?!["'#\s])|image-set\(|@import|javascript:|\\""", re.IGNORECASE
)
"""A reference in CSS that leaves the file; a backslash could hide one."""

_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")


@dataclass(frozen=True, slots=True)
class Logo:
    """``ratio`` is width divided by height, for a place on the page that does not move when it loads."""

    content: bytes = field(repr=False)
    media_type: str
    suffix: str
    ratio: float


def load_logo(path: Path) -> Logo:
    """The logo in a file.

    Raises:
        BrandError: there is no such file, or it is no logo that the site can show.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BrandError(f"{path} is no file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BrandError(f"{path} can't be read ({error.strerror}); name a PNG or SVG file") from None
    if len(content) > MOST_BYTES:
        raise BrandError(f"{path} is larger than {MOST_BYTES // 1024} kB, and every visitor loads it")
    logo = _png(content) if content.startswith(_PNG) else _svg(content)
    if not 1 / _WIDEST <= logo.ratio <= _WIDEST:
        raise BrandError(f"{path} is more than {_WIDEST} times as long as it is high; crop it")
    return logo


def _png(content: bytes) -> Logo:
    if content[12:16] != b"IHDR" or len(content) < 33 or b"IEND" not in content[-12:]:
        raise BrandError("the PNG file is not complete")
    width, height = (int.from_bytes(content[place : place + 4]) for place in (16, 20))
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise BrandError(
            f"the PNG file has {width}x{height} pixels; at most {MOST_PIXELS} each way can be used"
        )
    return Logo(content, "image/png", "png", width / height)


def _svg(content: bytes) -> Logo:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise BrandError("a logo is a PNG file, or an SVG file in UTF-8") from None
    if _REFUSED_MARKUP.search(text):
        raise BrandError("the SVG file has a DOCTYPE, an entity or a style sheet: save it as plain SVG")
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a DOCTYPE there are no entities
    except ET.ParseError as error:
        raise BrandError(f"a logo is a PNG or SVG file, and this is neither ({error})") from None
    if root.tag != _SVG_ROOT:
        raise BrandError('the outermost element of an SVG file is <svg xmlns="http://www.w3.org/2000/svg">')
    for element in root.iter():
        _check(element)
    return Logo(content, "image/svg+xml", "svg", _ratio(root))


def _check(element: ET.Element) -> None:
    """Raises ``BrandError`` if the element runs something or loads something."""
    namespace, _, name = element.tag.rpartition("}")
    if namespace == _HTML or name in _REFUSED_ELEMENTS:
        raise BrandError(f"the SVG file has an element <{name}>; a logo of shapes only can be used")
    if name == "style" and _OUTER_REFERENCE.search("".join(element.itertext())):
        raise BrandError("the SVG file loads something from outside in <style>")
    for attribute, value in element.attrib.items():
        local = attribute.rpartition("}")[2].lower()
        if local.startswith("on"):
            raise BrandError(f"the SVG file has a script in the attribute {local}")
        if (local in {"href", "src"} and not value.startswith("#")) or _OUTER_REFERENCE.search(value):
            raise BrandError(f"the SVG file loads something from outside in the attribute {local}")


def _ratio(root: ET.Element) -> float:
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    sides = box[2:] if len(box) == 4 else [root.get("width", ""), root.get("height", "")]
    lengths = [_LENGTH.fullmatch(side) for side in sides]
    width, height = (float(length[1]) if length else 0.0 for length in lengths)
    if not (width and height):
        raise BrandError("the SVG file says no size: give its <svg> a viewBox")
    return width / height
