"""One provider as a user names it: a preset with its variables and issuer; and endpoints given by hand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from urllib.parse import quote, urlsplit

from pairgrant.errors import DeviceSettingsError
from pairgrant.providers.given_endpoints import GivenEndpoints
from pairgrant.providers.preset import Preset, SecretPolicy
from pairgrant.providers.templates import filled, matches, names_in
from pairgrant_protocol.visible_text import visible

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")
"""A variable that becomes part of an address is never more than a host, or a segment of the path."""

_VALUE = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class Provider:
    """A preset and the values of its variables; ``issuer`` is the one that the user named, if any."""

    preset: Preset
    issuer: str
    variables: Mapping[str, str] = field(default_factory=dict)
    has_own_poll_endpoint: bool = True
    """Whether polls go to the preset's endpoint for them; not if the user named a token endpoint."""

    @property
    def name(self) -> str:
        return self.preset.name

    @property
    def endpoints(self) -> GivenEndpoints:
        """The endpoints that the preset names."""
        templates = self.preset.endpoints
        values = {**self.variables, "issuer": self.issuer, "origin": _origin(self.issuer)}

        def address(template: str | None) -> str | None:
            return template and filled(template, values)

        return GivenEndpoints(
            device=address(templates.device),
            token=address(templates.token),
            revocation=address(templates.revocation),
            userinfo=address(templates.userinfo),
        )

    def poll_endpoint(self, sent_back: Mapping[str, str]) -> str | None:
        """The preset's endpoint for polls, if it is another than the token endpoint; ``sent_back`` may be
        part of its path.
        """
        template = self.preset.endpoints.poll
        if template is None or not self.has_own_poll_endpoint:
            return None
        escaped = {name: quote(value, safe="") for name, value in sent_back.items()}
        return filled(
            template, {**self.variables, "issuer": self.issuer, "origin": _origin(self.issuer), **escaped}
        )

    def accepts_issuer(self, issuer: object) -> bool:
        """Whether the metadata may name ``issuer`` although it is another text than ``self.issuer``."""
        pattern = self.preset.issuer_pattern
        return pattern is not None and isinstance(issuer, str) and matches(issuer, pattern)

    def refused_origin(self, endpoint: str, name: str) -> str | None:
        """The origin of ``endpoint`` if the preset has another for it; ``name`` is a field of
        ``GivenEndpoints``.
        """
        expected: str | None = getattr(self.endpoints, name)
        if expected is None or _origin(expected) == _origin(endpoint):
            return None
        return _origin(endpoint)

    def check_secret(self, *, has_secret: bool) -> None:
        """Check that the client has a secret, or has none, as the provider wants it.

        Raises:
            DeviceSettingsError: it is missing, or must not be there.
        """
        policy = self.preset.client_secret
        if policy is SecretPolicy.REQUIRED and not has_secret:
            raise DeviceSettingsError(
                f"--client-secret-file is missing: {self.name} needs the secret of its client."
            )
        if policy is SecretPolicy.FORBIDDEN and has_secret:
            raise DeviceSettingsError(
                f"--client-secret-file can't be used: {self.name} refuses a client with a secret here."
            )

    def check_scope(self, scope: tuple[str, ...]) -> None:
        """Check that a scope is requested if the provider wants one.

        Raises:
            DeviceSettingsError: it is missing.
        """
        if self.preset.scope_required and not (scope or self.preset.default_scope):
            raise DeviceSettingsError(f"--scope is missing: {self.name} refuses a request without one.")


def provider_of(preset: Preset, given: str, issuer: str | None) -> Provider:
    """``preset`` with the variables in ``given`` (``name=value``, separated by commas), at ``issuer``.

    Raises:
        DeviceSettingsError: a variable or the issuer is missing, or doesn't belong to this preset.
    """
    values = _values(preset, given)
    fixed = preset.issuer and filled(preset.issuer, values)
    if fixed and issuer and issuer.rstrip("/") != fixed.rstrip("/"):
        way = " Choose it with --provider-var." if names_in(preset.issuer or "") else ""
        raise DeviceSettingsError(
            f"--issuer can't be used together with --provider {preset.name}, whose address is {fixed}.{way}"
        )
    if not (fixed or issuer):
        raise DeviceSettingsError(
            f"--issuer is missing: --provider {preset.name} stands for a product, "
            "so it needs the address of your installation."
        )
    return Provider(preset, (fixed or issuer or "").rstrip("/"), values)


def _values(preset: Preset, given: str) -> dict[str, str]:
    values = {name: one.default for name, one in preset.variables.items() if one.default is not None}
    templates = (preset.issuer, *(getattr(preset.endpoints, one.name) for one in fields(preset.endpoints)))
    in_addresses = set[str]().union(*(names_in(template) for template in templates if template))
    for pair in filter(None, re.split(r"[,\s]+", given)):
        name, equals, value = pair.partition("=")
        form = _PART if name in in_addresses else _VALUE
        if not equals or not form.fullmatch(value):
            raise DeviceSettingsError(
                f"--provider-var can't be used: write it like name=value, not {visible(pair, limit=80)!r}."
            )
        if name not in preset.variables:
            known = ", ".join(preset.variables) or "none"
            raise DeviceSettingsError(
                f"--provider-var can't be used: {preset.name} has no variable {visible(name, limit=80)!r} "
                f"(it has: {known})."
            )
        values[name] = value
    for name, variable in preset.variables.items():
        if name not in values:
            raise DeviceSettingsError(
                f"--provider-var is missing: {preset.name} needs {name}=…, {variable.about}."
            )
    return values


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
