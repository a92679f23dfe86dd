"""Writes the manual pages in deploy/man from the parsers: ``uv run python docs/man_pages.py``."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pairgrant.cli import command_line, commands_of
from pairgrant.commands.described import DescribedArgument, DescribedCommand, described_commands

FOLDER = Path(__file__).parents[1] / "deploy" / "man"

_TOPIC = re.compile(r"(examples?|exit codes): *", re.IGNORECASE)


def pages() -> Mapping[str, str]:
    """File name -> roff source; nothing in it depends on the machine, the day or the version of Python."""
    parser = command_line()
    commands = described_commands(commands_of(parser), {})
    return {
        "pairgrant.1": _overview(parser.description or "", commands),
        **{f"pairgrant-{command.name}.1": _page(command) for command in commands},
    }


def _overview(description: str, commands: list[DescribedCommand]) -> str:
    lines = [
        *_head("pairgrant", description),
        ".B pairgrant",
        r".I COMMAND\fR ...",
        ".SH DESCRIPTION",
        _text(description),
        "Each command has a page of its own.",
        ".SH COMMANDS",
    ]
    for command in commands:
        lines += [".TP", rf"\fBpairgrant\-{_text(command.name)}\fR(1)", _text(command.summary)]
    return _joined(lines)


def _page(command: DescribedCommand) -> str:
    operands = [rf"\fI{_text(operand.values[0])}\fR" for operand in command.operands]
    prose, topics = _parts(command.more)
    lines = [
        *_head(f"pairgrant-{command.name}", command.summary),
        f".B pairgrant {_text(command.name)}",
        " ".join([r"[\fIOPTION\fR]...", *operands]),
        ".SH DESCRIPTION",
        _text(command.summary),
        *prose,
        ".SH OPTIONS",
    ]
    for argument in (*command.operands, *command.options):
        lines += [".TP", _name(argument), _sentence(argument.help)]
        if argument.notes:
            lines += [".br", f"{_text(argument.notes)}."]
    return _joined([*lines, *topics, ".SH SEE ALSO", r"\fBpairgrant\fR(1)"])


def _head(title: str, summary: str) -> Iterator[str]:
    yield r".\" Written by docs/man_pages.py"
    yield f'.TH "{_text(title.upper())}" 1 "" "Pairgrant" "Pairgrant"'
    yield ".SH NAME"
    short = summary.rstrip(".")
    yield rf"{_text(title)} \- {_text(short[:1].lower() + short[1:])}"
    yield ".SH SYNOPSIS"


def _parts(more: str) -> tuple[list[str], list[str]]:
    """The paragraphs of the description, and the sections that follow the options."""
    prose: list[str] = []
    topics: list[str] = []
    for paragraph in filter(None, more.strip("\n").split("\n\n")):
        topic = _TOPIC.match(paragraph)
        if topic is None:
            prose += [".PP", *_filled(paragraph)]
        elif topic[1].startswith("exit"):
            topics += [".SH EXIT STATUS", *_lines(paragraph[topic.end() :])]
        else:
            topics += [".SH EXAMPLES", *_unfilled(paragraph[topic.end() :].strip("\n"))]
    return prose, topics


def _filled(paragraph: str) -> list[str]:
    if any(line.startswith("  ") for line in paragraph.splitlines()[1:-1]):
        return _unfilled(paragraph)
    return _lines(paragraph)


def _lines(paragraph: str) -> list[str]:
    return [_text(line.strip()) for line in paragraph.splitlines()]


def _unfilled(paragraph: str) -> list[str]:
    return [".nf", *(_text(line) for line in paragraph.splitlines()), ".fi"]


def _name(argument: DescribedArgument) -> str:
    values = " ".join(rf"\fI{_text(value)}\fR" for value in argument.values)
    if not argument.flags:
        return values
    return ", ".join(rf"\fB{_text(flag)}\fR" + (f" {values}" if values else "") for flag in argument.flags)


def _sentence(text: str) -> str:
    return _text(text[:1].upper() + text[1:] + ("" if text.endswith(".") else "."))


def _text(text: str) -> str:
    """``text`` without meaning for roff."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq").replace("'", r"\(aq")
    return rf"\&{escaped}" if escaped.startswith(".") else escaped


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for stale in FOLDER.glob("*.1"):
        stale.unlink()
    for name, page in pages().items():
        (FOLDER / name).write_text(page)


if __name__ == "__main__":
    main()
