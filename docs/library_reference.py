"""Writes the API reference into docs/library.md: ``uv run python -m docs.library_reference``."""

import re
from collections.abc import Iterator
from pathlib import Path

from docs.public_api import PublicName, public_names

PAGE = Path(__file__).parent / "library.md"
BEGIN = "<!-- Written by docs/library_reference.py from the docstrings: begin -->\n"
END = "<!-- Written by docs/library_reference.py from the docstrings: end -->\n"

_ORDER = ("Client", "Pairing", "TokenAuth", "SyncClient", "SyncPairing", "SyncTokenAuth")
"""What is read first; the rest is in the order of the alphabet."""


def reference() -> Iterator[str]:
    """The reference in Markdown, line by line."""
    named = {public.name: public for public in public_names()}
    first = [named.pop(name) for name in _ORDER]
    for public in [*first, *named.values()]:
        yield from _section(public)


def _section(public: PublicName) -> Iterator[str]:
    yield f"### `{public.name}`"
    yield ""
    yield f"`{public.signature}`"
    yield ""
    if public.doc:
        yield from _markdown(public.doc)
        yield ""
    for member in public.members:
        lines = list(_markdown(member.doc))
        yield f"- `{member.signature}`" + (f"<br>{lines[0]}" if lines else "")
        yield from (f"  {line}".rstrip() for line in lines[1:])
    if public.members:
        yield ""


def _markdown(doc: str) -> Iterator[str]:
    """A docstring in Markdown: one line a paragraph, and errors as a list."""
    for number, block in enumerate(re.split(r"\n\s*\n", doc.strip())):
        if number:
            yield ""
        first, _, rest = block.partition("\n")
        if first.strip() == "Raises:":
            yield "Raises:"
            yield ""
            for item in re.findall(r"^    (\S.*(?:\n {5,}\S.*)*)", rest, re.MULTILINE):
                errors, _, when = _plain(item).partition(": ")
                yield f"- `{errors}`: {when}"
        else:
            yield _plain(block)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


def written(page: str) -> str:
    """``page`` with the current reference between the markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + "\n".join(reference()) + "\n" + END + after


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
