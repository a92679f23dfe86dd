"""The public API is the one that ``public_api.txt`` has: a change of a name or signature is made on purpose.

After a change on purpose: ``uv run python -m tests.device.test_public_api``, and a line in CHANGELOG.md.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from docs.public_api import public_names

PINNED = Path(__file__).parent / "public_api.txt"


def current() -> Iterator[str]:
    """Each public name and member, and the first sentence of its docstring."""
    for public in public_names():
        yield public.signature
        yield from _first_sentence(public.doc, "    ")
        for member in public.members:
            yield f"    {member.signature}"
            yield from _first_sentence(member.doc, "        ")


def _first_sentence(doc: str, margin: str) -> Iterator[str]:
    text = " ".join(doc.split("\n\n", maxsplit=1)[0].split())
    if text:
        yield margin + re.split(r"(?<=\.) (?=[A-Z`])", text)[0]


def test_names_signatures_and_first_sentences_are_the_pinned_ones() -> None:
    assert PINNED.read_text(encoding="utf-8").splitlines() == list(current())


def test_every_public_class_and_function_has_a_docstring() -> None:
    assert [
        public.name for public in public_names() if not public.doc and " = " not in public.signature
    ] == []


if __name__ == "__main__":
    PINNED.write_text("\n".join(current()) + "\n", encoding="utf-8")
