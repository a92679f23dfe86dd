"""The options that come from a profile, and those that a login leaves in one."""

import os
from argparse import Namespace

from pairgrant.commands.chosen import DEFAULT, Chosen, Entry
from pairgrant.commands.option import Option
from pairgrant.errors import DeviceSettingsError

_REMEMBERED = (
    "issuer",
    "provider",
    "provider_var",
    "device_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
    "client_id",
    "scope",
    "token_file",
    "ca_file",
    "device_name",
    "device_label",
)


def profile_name(given: Namespace, option: Option) -> str | None:
    """The profile that the command line or the variable names.

    Raises:
        DeviceSettingsError: it is not a name.
    """
    name = getattr(given, option.name, None) or os.environ.get(option.variable)
    if not name:
        return None
    from pairgrant.session.profiles import checked_profile_name  # noqa: PLC0415 - only with a profile

    return checked_profile_name(name)


def entries_of(name: str, *, may_be_new: bool) -> dict[str, Entry]:
    """The options of the profile; none of a new one.

    Raises:
        DeviceSettingsError: there is no such profile, and the command can't make it.
        TokenStoreError: the file of the profiles can't be used.
    """
    from pairgrant.session.profiles import profile_file  # noqa: PLC0415 - only with a profile

    options = profile_file().load().options
    if name in options:
        return {option: Entry(value, f"profile {name}") for option, value in options[name].items()}
    if may_be_new:
        return {}
    known = ", ".join(sorted(options)) or "none"
    raise DeviceSettingsError(
        f"--profile can't be used: there is no profile {name!r} (known: {known}). "
        f"Make it with: pairgrant login --profile {name} --issuer URL"
    )


async def remember(name: str, chosen: Chosen) -> None:
    """Store the options that the login of a profile was given.

    Raises:
        TokenStoreError: the file of the profiles can't be used.
    """
    from pairgrant.clock import system_clock  # noqa: PLC0415 - asyncio
    from pairgrant.session.profiles import profile_file  # noqa: PLC0415 - only with a profile

    given = {option: chosen.get(option) for option in _REMEMBERED if chosen.get(option)}
    kept = {option: value for option, value in given.items() if chosen.origin(option) != DEFAULT}
    await profile_file().put(name, kept, system_clock())
