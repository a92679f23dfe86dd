"""``pairgrant providers``: the presets for ``--provider``, and what each needs."""

import json
from argparse import Namespace
from collections.abc import Iterator

from pairgrant.commands.options import Subcommands, add_command
from pairgrant.exit_codes import ExitCode
from pairgrant.providers.preset import Preset, RefreshKind, SecretPolicy
from pairgrant.terminal import print_err, print_out, print_result
from pairgrant_protocol.visible_text import visible

_MORE = """\
A preset says how one provider differs from RFC 8628. "read" means that its
facts come from the sources that it names, "tried" that the tests of this
project sign in with it against the software itself.

Presets of your own are files NAME.toml in the folder providers of pairgrant's
configuration (on Linux ~/.config/pairgrant/providers); one of the same name
takes precedence. docs/providers.md describes their keys.

examples:
  pairgrant providers
  pairgrant providers github
  pairgrant login --provider github --client-id ID

exit codes: 0 printed, 1 a preset of your own can't be used, 2 wrong usage
"""

_REFRESH = {
    RefreshKind.NONE: "none",
    RefreshKind.REUSE: "stays the same",
    RefreshKind.ROTATE: "a refresh may replace it",
    RefreshKind.SINGLE_USE: "can be used once",
}


def add_to(subcommands: Subcommands) -> None:
    summary = "List the presets of providers, or show one of them."
    parser = add_command(subcommands, "providers", summary, _MORE, ())
    parser.add_argument("name", nargs="?", metavar="NAME", help="show everything about this one")
    parser.add_argument("--json", action="store_true", help="print one JSON value, for programs")
    parser.set_defaults(run=run)


def run(given: Namespace) -> ExitCode:
    from pairgrant.providers.preset_files import load_preset, own_folder  # noqa: PLC0415 - tomllib

    if given.name is not None:
        preset = load_preset(given.name, own_folder())
        if given.json:
            print_result(json.dumps(described(preset)))
        else:
            for line in _lines(preset):
                print_out(line)
        return ExitCode.DONE
    return _list(as_json=given.json)


def _list(*, as_json: bool) -> ExitCode:
    from pairgrant.providers.preset_files import (  # noqa: PLC0415 - tomllib
        is_replaced,
        load_preset,
        own_folder,
        preset_names,
    )
    from pairgrant.providers.preset_parser import PresetError  # noqa: PLC0415 - tomllib

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


def _lines(preset: Preset) -> Iterator[str]:
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
