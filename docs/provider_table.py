"""Writes the table of presets into docs/providers.md: ``uv run python docs/provider_table.py``."""

from collections.abc import Iterator
from pathlib import Path

from pairgrant.commands.provider_list import needs_of
from pairgrant.providers.preset import Preset
from pairgrant.providers.preset_files import load_preset, preset_names

PAGE = Path(__file__).parent / "providers.md"
BEGIN = "<!-- Written by docs/provider_table.py from the presets: begin -->\n"
END = "<!-- Written by docs/provider_table.py from the presets: end -->\n"


def table() -> Iterator[str]:
    yield "| `--provider` | For | Facts | Needs, beside `--client-id` | Denial | Refresh token |"
    yield "|---|---|---|---|---|---|"
    yield from (_row(load_preset(name)) for name in preset_names())


def _row(preset: Preset) -> str:
    needs = ", ".join(f"`{option}`" for option in needs_of(preset)) or "nothing"
    denial = "reported" if preset.tells_denial else "never reported"
    return f"| `{preset.name}` | {preset.about} | {preset.mark} | {needs} | {denial} | {preset.refresh} |"


def written(page: str) -> str:
    """``page`` with the current table between the markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + "\n".join(table()) + "\n\n" + END + after


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
