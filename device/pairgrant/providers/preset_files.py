"""Finds the presets: those of this package, and the user's own, which take precedence."""

import re
from difflib import get_close_matches
from pathlib import Path

from pairgrant.errors import DeviceSettingsError
from pairgrant.providers.preset import Preset
from pairgrant.providers.preset_parser import PresetError, parse_preset
from pairgrant_protocol.visible_text import visible

BUILT_IN = Path(__file__).parent / "presets"

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,59}")
_LARGEST = 65_536
"""Characters of a preset's file."""


class UnknownProviderError(DeviceSettingsError):
    """There is no preset of this name."""


def own_folder() -> Path | None:
    """The folder for the user's own presets; None if this account has no home folder."""
    from platformdirs import user_config_path  # noqa: PLC0415 - only with --provider

    folder = user_config_path("pairgrant", appauthor=False) / "providers"
    return folder if folder.is_absolute() else None


def preset_names(own: Path | None = None) -> list[str]:
    """The names of all presets, in order; ``own`` is the user's folder."""
    names = {path.stem for folder in (BUILT_IN, own) if folder for path in folder.glob("*.toml")}
    return sorted(name for name in names if _NAME.fullmatch(name))


def load_preset(name: str, own: Path | None = None) -> Preset:
    """The preset ``name``: the user's own in the folder ``own``, or else that of this package.

    Raises:
        UnknownProviderError: there is none.
        PresetError: its file can't be read, or is no preset.
    """
    if _NAME.fullmatch(name):
        for folder in (own, BUILT_IN):
            path = folder and folder / f"{name}.toml"
            if path and path.is_file():
                return _read(path, name, is_own=folder is own)
    nearest = get_close_matches(name, preset_names(own), n=1, cutoff=0.5)
    hint = f"Did you mean {nearest[0]}? " if nearest else ""
    raise UnknownProviderError(
        f"--provider can't be used: there is no preset {visible(name, limit=80)!r}. "
        f"{hint}`pairgrant providers` lists them."
    )


def is_replaced(preset: Preset) -> bool:
    """Whether the user's own ``preset`` takes the place of one of this package."""
    return preset.place != "built in" and (BUILT_IN / f"{preset.name}.toml").is_file()


def _read(path: Path, name: str, *, is_own: bool) -> Preset:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LARGEST + 1)
    except OSError as error:
        raise PresetError(f"{visible(str(path))} can't be used: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise PresetError(f"{visible(str(path))} can't be used: it is no UTF-8.") from None
    if len(text) > _LARGEST:
        raise PresetError(f"{visible(str(path))} can't be used: it has more than {_LARGEST} characters.")
    return parse_preset(text, name=name, place=str(path), is_own=is_own)
