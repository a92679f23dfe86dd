"""The presets of providers as text and as JSON, for ``pairgrant providers``."""

import json
from collections.abc import Iterator

from pairgrant.exit_codes import ExitCode
from pairgrant.providers.preset import Preset, RefreshKind, SecretPolicy
from pairgrant.providers.preset_files import is_replaced, load_preset, own_folder, preset_names
from pairgrant.providers.preset_parser import PresetError
from pairgrant.terminal import print_err, print_out, print_result
from pairgrant_protocol.visible_text import visible

_REFRESH = {
    RefreshKind.NONE: "none",
    RefreshKind.REUSE: "stays the same",
    RefreshKind.ROTATE: "a refresh may replace it",
    RefreshKind.SINGLE_USE: "can be used once",
}


def print_one(name: str, *, as_json: bool) -> ExitCode:
    """Print everything about one preset.

    Raises:
        DeviceSettingsError: there is none of this name, or its file can't be used.
    """
    preset = load_preset(name, own_folder())
    if as_json:
        print_result(json.dumps(described(preset)))
    else:
        for line in lines_of(preset):
            print_out(line)
    return ExitCode.DONE


def print_all(*, as_json: bool) -> ExitCode:
    """Print all presets; those of the user that can't be used are named on stderr."""
    own = own_folder()
    presets, problems = [], []
    for name in preset_names(own):
        try:
            presets.append(load_preset(name, own))
        except PresetError as error:
            problems.append(error)
    if as_json:
        print_result(json.dumps([described(preset) for preset in presets]))
    else:
        width = max(len(preset.name) for preset in presets)
        for preset in presets:
            print_out(f"{preset.name:{width}}  {preset.mark:5}  {visible(preset.about)}")
            if needs := needs_of(preset):
                print_out(f"{'':{width}}         needs {', '.join(needs)}")
        for preset in presets:
            if preset.place != "built in":
                what = ", which replaces the one of this program" if is_replaced(preset) else ""
                print_out(f"{preset.name} is your own{what}: {visible(preset.place)}")
        print_out(f"{len(presets)} presets. `pairgrant providers NAME` says more about one.")
        if own is not None:
            print_out(f"Your own presets belong into {visible(str(own))}")
    for problem in problems:
        print_err(f"pairgrant: {problem}")
    return ExitCode.ERROR if problems else ExitCode.DONE


def needs_of(preset: Preset) -> list[str]:
    """The options that a login needs beside ``--provider`` and ``--client-id``."""
    needs = [] if preset.issuer else ["--issuer URL"]
    needs += [
        f"--provider-var {name}=…" for name, variable in preset.variables.items() if variable.default is None
    ]
    if preset.client_secret is SecretPolicy.REQUIRED:
        needs.append("--client-secret-file FILE")
    if preset.scope_required and not preset.default_scope:
        needs.append('--scope "…"')
    return needs


def example_of(preset: Preset) -> str:
    """A command to start with."""
    return " ".join(["pairgrant login --provider", preset.name, "--client-id ID", *needs_of(preset)])


def described(preset: Preset) -> dict[str, object]:
    """The preset for a program."""
    return {
        "name": preset.name,
        "about": preset.about,
        "mark": preset.mark,
        "issuer": preset.issuer,
        "place": preset.place,
        "needs": needs_of(preset),
        "variables": {
            name: {"about": variable.about, "default": variable.default}
            for name, variable in preset.variables.items()
        },
        "client_secret": preset.client_secret,
        "scope_required": preset.scope_required,
        "tells_denial": preset.tells_denial,
        "refresh_tokens": preset.refresh,
        "idle_days": preset.idle_days,
        "notes": list(preset.notes),
        "sources": list(preset.sources),
        "example": example_of(preset),
    }


def lines_of(preset: Preset) -> Iterator[str]:
    rows = {
        "About": preset.about,
        "Facts": preset.mark,
        "Issuer": preset.issuer or "that of your installation: --issuer URL",
        "Metadata": "asked for" if preset.has_discovery else "not asked for",
        "Device endpoint": preset.endpoints.device or "as the metadata say",
        "Token endpoint": preset.endpoints.token or "as the metadata say",
        "Client secret": preset.client_secret,
        "Scope": "required" if preset.scope_required else "optional",
        "Default scope": preset.default_scope,
        "PKCE": "always" if preset.requires_pkce else "if the server asks for it",
        "Denial": "reported" if preset.tells_denial else "never reported: the code has to expire",
        "Refresh token": _REFRESH[preset.refresh],
        "Unused for": f"{preset.idle_days} days, then it expires" if preset.idle_days else "",
        "File": preset.place,
    }
    yield preset.name
    for name, value in rows.items():
        if value:
            yield f"  {name:16} {visible(value)}"
    for name, variable in preset.variables.items():
        default = "no default" if variable.default is None else f"default: {variable.default or 'empty'}"
        yield f"  {'Variable':16} {name}: {visible(variable.about)} [{visible(default)}]"
    for note in preset.notes:
        yield f"  {'Note':16} {visible(note)}"
    for source in preset.sources:
        yield f"  {'Source':16} {visible(source)}"
    yield f"  {'Example':16} {example_of(preset)}"
