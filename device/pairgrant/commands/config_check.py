"""``pairgrant kiosk --check-config``: what would be used, where it comes from, and whether it works."""

import asyncio
import getpass
import os
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pairgrant.commands.chosen import DEFAULT, Chosen, Entry, choose
from pairgrant.commands.option import Form, Option
from pairgrant.commands.provisioning import Provisioning
from pairgrant.device import open_device
from pairgrant.errors import DeviceSettingsError, PairgrantError, TokenStoreError
from pairgrant.exit_codes import ExitCode
from pairgrant.kiosk_options import AUTO, KioskOptions
from pairgrant.oauth.proxies import proxy_rules
from pairgrant.oauth.routed_transport import require_extras
from pairgrant.oauth.trusted_authorities import trusted_authorities
from pairgrant.session.token_store import default_token_file, token_store
from pairgrant.settings import DeviceSettings
from pairgrant.sign_in.device_sign_in import plain_http_warning
from pairgrant.terminal import has_screens, print_out
from pairgrant_protocol.colour import least_contrast
from pairgrant_protocol.visible_text import visible

Checked = Callable[[Chosen], tuple[DeviceSettings, KioskOptions]]
"""Checks all options, and raises ``DeviceSettingsError`` for the first that is invalid."""


def check_config(
    given: Namespace,
    file: Path | None,
    provisioning: Provisioning,
    options: tuple[Option, ...],
    checked: Checked,
) -> ExitCode:
    """Print each option with its origin, then the problems; ``file`` is the provisioning file."""
    problems = list(provisioning.problems)
    chosen, unusable = _chosen(given, options, provisioning.entries)
    problems += unusable
    print_out(f"Provisioning file: {visible(str(file)) if file else 'none'}")
    print_out(f"Checked as the user {_user()}.")
    print_out("")
    usable, invalid = _usable(chosen, options, checked)
    settings = usable[0] if usable else None
    problems += invalid
    for line in described(options, chosen, _actual(settings)):
        print_out(line)
    print_out("")
    if settings is not None:
        problems += file_problems(settings, chosen)
    if settings is not None and not given.offline:
        faults, note = asyncio.run(_server(settings))
        problems += faults
        print_out(note)
    if warning := settings and plain_http_warning(settings.issuer):
        print_out(f"Note: {warning}")
    if usable:
        for note in looks(usable[1]):
            print_out(f"Note: {note}")
    for sentence in problems:
        print_out(f"Problem: {sentence}")
    print_out(f"{len(problems)} problem{'s' * (len(problems) != 1)}." if problems else "No problems.")
    return ExitCode.ERROR if problems else ExitCode.DONE


def described(options: Iterable[Option], chosen: Chosen, actual: Mapping[str, str]) -> Iterator[str]:
    """A line for each option: its name, its value, and where that comes from; a secret is not shown.

    ``actual`` has defaults that depend on the machine.
    """
    rows = [(option.name, _shown(option, chosen, actual), chosen.origin(option.name)) for option in options]
    widths = [min(max(len(row[column]) for row in rows), 40) for column in (0, 1)]
    for name, value, origin in rows:
        yield f"{name:{widths[0]}}  {value:{widths[1]}}  {origin}".rstrip()


def _actual(settings: DeviceSettings | None) -> dict[str, str]:
    if settings is None:
        return {}
    return {"device_name": settings.device_name, "token_file": str(_tokens(settings))}


def _tokens(settings: DeviceSettings) -> Path:
    return settings.token_file or default_token_file(settings.issuer, settings.client_id)


def _shown(option: Option, chosen: Chosen, actual: Mapping[str, str]) -> str:
    value = chosen[option.name]
    if value is None:
        value = actual.get(option.name)
    if option.form is Form.NO_FLAG and "secret" in option.name:
        return "(set)" if value else "none"
    if value is None:
        return option.otherwise or ("no" if option.is_switch else "none")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return visible(str(value), limit=120)


def _chosen(
    given: Namespace, options: tuple[Option, ...], entries: Mapping[str, Entry]
) -> tuple[Chosen, list[str]]:
    """The values, without those that their options don't have."""
    try:
        return choose(given, options, os.environ, entries), []
    except DeviceSettingsError:
        pass
    variables = dict(os.environ)
    problems = []
    for option in options:
        try:
            choose(given, [option], variables, entries)
        except DeviceSettingsError as error:
            problems.append(str(error))
            variables.pop(option.variable)
    return choose(given, options, variables, entries), problems


def _usable(
    chosen: Chosen, options: tuple[Option, ...], checked: Checked
) -> tuple[tuple[DeviceSettings, KioskOptions] | None, list[str]]:
    """The settings and options, with the defaults in place of what is invalid."""
    problems: list[str] = []
    remaining = chosen.copy()
    defaults = {option.name: option.default for option in options}
    while True:
        remaining.blamed = None
        try:
            return checked(remaining), problems
        except PairgrantError as error:
            problems.append(str(error))
            name = remaining.blamed
            if name is None or remaining.origin(name) == DEFAULT:
                return None, problems
            remaining.put(name, defaults[name], DEFAULT)


def file_problems(settings: DeviceSettings, chosen: Chosen) -> Iterator[str]:
    """What keeps the kiosk from using its files; nothing is created."""
    try:
        trusted_authorities(settings.ca_file, os.environ)
    except DeviceSettingsError as error:
        yield str(error)
    try:
        require_extras(proxy_rules(os.environ))
    except DeviceSettingsError as error:
        yield str(error)
    tokens = _tokens(settings)
    if not _can_make(tokens):
        yield f"token_file can't be used: nothing can be written to {visible(str(tokens.parent))}."
    else:
        try:
            token_store(settings).load()
        except TokenStoreError as error:
            yield str(error)
    for name in ("log_file", "health_file"):
        if chosen[name] and not _can_write(Path(chosen[name])):
            yield f"{name} can't be used: {visible(chosen[name])} can't be written ({chosen.origin(name)})."


def _can_make(path: Path) -> bool:
    """Whether the file, and the folders that lack, can be made."""
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _can_write(path: Path) -> bool:
    if path.exists():
        return path.is_file() and os.access(path, os.W_OK)
    return path.parent.is_dir() and os.access(path.parent, os.W_OK | os.X_OK)


def looks(options: KioskOptions) -> Iterator[str]:
    """What a theme changes about the accent and the logo."""
    if not has_screens():
        yield "the screens are not installed (pip install 'pairgrant[kiosk]'), so there is only plain text."
        return
    from pairgrant.tui.theme import THEMES, accent_in, grounds  # noqa: PLC0415 - Textual only for screens

    for name in ("dark", "light") if options.theme == AUTO else (options.theme,):
        theme = THEMES[name]
        if options.accent and (used := accent_in(theme, options.accent)) != options.accent:
            ratios = [least_contrast(colour, grounds(theme)) for colour in (options.accent, used)]
            yield (
                f"the accent {options.accent} has a contrast of {ratios[0]:.1f}:1 on the theme {name}; "
                f"{used}, the nearest that can be used there, has {ratios[1]:.1f}:1."
            )
    if options.theme == "console" and options.logo and options.logo.pictures:
        yield "the theme console shows no picture as a logo; a text file can be one."


async def _server(settings: DeviceSettings) -> tuple[list[str], str]:
    """The problem of the server, if it has one, and a line about it."""
    try:
        async with open_device(settings) as device:
            metadata = await device.oauth_client.metadata()
    except PairgrantError as error:
        return [str(error)], f"The server {visible(settings.issuer)} was asked for its metadata."
    if metadata.device_authorization_endpoint is None:
        return ["The server has no device sign-in: its metadata names no device_authorization_endpoint."], ""
    return [], f"The server {visible(settings.issuer)} responds, and offers the device sign-in."


def _user() -> str:
    try:
        return visible(getpass.getuser())
    except (KeyError, OSError):  # a user without an entry in the password database
        return str(os.geteuid())
