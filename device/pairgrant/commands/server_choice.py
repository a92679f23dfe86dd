"""Which server a command speaks to: an issuer, a provider's preset, or endpoints named one by one."""

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pairgrant.commands.chosen import Chosen
from pairgrant.errors import DeviceSettingsError
from pairgrant.providers.given_endpoints import GivenEndpoints
from pairgrant.settings import check_endpoints

if TYPE_CHECKING:
    from pairgrant.providers.provider import Provider


def server_of(chosen: Chosen) -> "tuple[str, Provider | None, GivenEndpoints]":
    """The issuer, the preset and the endpoints that the options name.

    Raises:
        DeviceSettingsError: they contradict each other, or something is missing.
    """
    given = GivenEndpoints(
        device=chosen.get("device_endpoint"),
        token=chosen.get("token_endpoint"),
        revocation=chosen.get("revocation_endpoint"),
        userinfo=chosen.get("userinfo_endpoint"),
    )
    check_endpoints(given)
    issuer: str = chosen["issuer"]
    if name := chosen.get("provider"):
        provider = _provider(chosen, name, has_token_endpoint=given.token is not None)
        return provider.issuer, provider, given
    if chosen.get("provider_var"):
        raise DeviceSettingsError("--provider-var can't be used without --provider.")
    if given.token and not chosen.rank("issuer"):
        parts = urlsplit(given.token)
        issuer = f"{parts.scheme}://{parts.netloc}"
    return issuer, None, given


def _provider(chosen: Chosen, name: str, *, has_token_endpoint: bool) -> "Provider":
    from pairgrant.providers.preset_files import load_preset, own_folder  # noqa: PLC0415 - tomllib
    from pairgrant.providers.provider import provider_of  # noqa: PLC0415 - keeps `pairgrant token` fast

    preset = load_preset(name, own_folder())
    is_named = chosen.rank("issuer") >= chosen.rank("provider")
    issuer = chosen["issuer"] if is_named or (chosen.rank("issuer") and preset.issuer is None) else None
    if not chosen.rank("client_id"):
        raise DeviceSettingsError(f"--client-id is missing: register a client of your own with {name}.")
    provider = provider_of(preset, chosen.get("provider_var") or "", issuer)
    return replace(provider, has_own_poll_endpoint=not has_token_endpoint)
