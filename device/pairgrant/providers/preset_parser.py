"""Reads a preset from TOML, strictly: a key, a type or a variable that doesn't exist is one sentence."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pairgrant.errors import DeviceSettingsError
from pairgrant.providers.preset import (
    Body,
    CodeForm,
    EndpointTemplates,
    Mark,
    Meaning,
    Method,
    PollRule,
    Preset,
    RefreshKind,
    SecretPlace,
    SecretPolicy,
    StepForm,
    TokenForm,
    Variable,
)
from pairgrant.providers.templates import names_in
from pairgrant_protocol.visible_text import visible

Choice = TypeVar("Choice", bound=StrEnum)

_CODE_NAMES = {
    "device_code",
    "user_code",
    "verification_uri",
    "verification_uri_complete",
    "expires_in",
    "interval",
}
_TOKEN_NAMES = {"access_token", "token_type", "refresh_token", "expires_in", "scope", "id_token"}
_CLIENT = {"client_id", "client_secret"}


class PresetError(DeviceSettingsError):
    """A preset can't be used; the text names the file and the key."""


def parse_preset(text: str, *, name: str, place: str, is_own: bool = False) -> Preset:
    """The preset in ``text``, a file at ``place``.

    Raises:
        PresetError: the file is no preset.
    """
    try:
        table = _Table(tomllib.loads(text), place)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PresetError(f"{visible(place)} can't be used: {visible(str(error))}.") from None
    variables = _variables(table.table("variables"))
    address = {*variables, "issuer", "origin"}
    issuer = table.template("issuer", {*variables})
    code = _code(table.table("code"), {*variables})
    sent_back = {*variables, *_CLIENT, "device_code", *code.echo}
    preset = Preset(
        name=name,
        about=table.required("about"),
        mark=table.choice("mark", Mark, Mark.READ),
        sources=table.texts("sources"),
        notes=table.texts("notes"),
        place=place if is_own else "built in",
        issuer=issuer,
        issuer_pattern=table.text("issuer_pattern"),
        has_discovery=table.switch("discovery", default=True),
        variables=variables,
        endpoints=_endpoints(table.table("endpoints"), address, sent_back),
        client_secret=table.choice("client_secret", SecretPolicy, SecretPolicy.OPTIONAL),
        scope_separator=table.text("scope_separator") or " ",
        default_scope=table.text("default_scope") or "",
        scope_required=table.switch("scope_required"),
        requires_pkce=table.switch("requires_pkce"),
        tells_denial=table.switch("tells_denial", default=True),
        refresh=table.choice("refresh_tokens", RefreshKind, RefreshKind.ROTATE),
        idle_days=table.number("idle_days"),
        start=_step(table.table("start"), {*variables, *_CLIENT}),
        poll=_step(table.table("poll"), sent_back),
        refreshing=_step(table.table("refresh"), {*variables, *_CLIENT}),
        revoking=_step(table.table("revoke"), {*variables, *_CLIENT}),
        code=code,
        tokens=_tokens(table.table("token")),
        rules=tuple(_rule(rule) for rule in table.tables("rules")),
    )
    table.end()
    if not (preset.has_discovery or (preset.endpoints.device and preset.endpoints.token)):
        raise PresetError(
            f"{visible(place)} can't be used: without discovery it needs endpoints.device and "
            "endpoints.token."
        )
    return preset


class _Table:
    """One table of the file; each read takes a key, and ``end`` refuses those that are left."""

    def __init__(self, values: Mapping[str, Any], place: str, path: str = "") -> None:
        self._values = dict(values)
        self._place = place
        self._path = path
        self._known: set[str] = set()

    def fail(self, key: str, problem: str) -> PresetError:
        return PresetError(f"{visible(self._place)} can't be used: {visible(self._path + key)} {problem}.")

    def _take(self, key: str, kind: type | tuple[type, ...], problem: str) -> Any:
        self._known.add(key)
        value = self._values.pop(key, None)
        if value is not None and (not isinstance(value, kind) or (isinstance(value, bool) and kind is int)):
            raise self.fail(key, problem)
        return value

    def text(self, key: str) -> str | None:
        value: str | None = self._take(key, str, "has to be a text in quotes")
        if value is not None and not value.isprintable():
            raise self.fail(key, "has a character that can't be shown")
        return value

    def required(self, key: str) -> str:
        value = self.text(key)
        if not value:
            raise self.fail(key, "is missing")
        return value

    def template(self, key: str, variables: set[str], *, is_address: bool = True) -> str | None:
        value = self.text(key)
        if value is not None:
            self._check_names(key, value, variables)
        if value and is_address and not value.startswith("{"):
            scheme = urlsplit(value).scheme
            if scheme not in {"http", "https"}:
                raise self.fail(key, "has to be an http or https address")
        return value

    def _check_names(self, key: str, template: str, variables: set[str]) -> None:
        for name in sorted(names_in(template) - variables):
            known = ", ".join(sorted(variables)) or "none"
            raise self.fail(key, f"has the unknown variable {name} (there are: {known})")

    def number(self, key: str) -> int | None:
        value: int | None = self._take(key, int, "has to be a whole number without quotes")
        if value is not None and not 0 < value < 1_000_000:
            raise self.fail(key, "has to be a positive number")
        return value

    def switch(self, key: str, *, default: bool = False) -> bool:
        value: bool | None = self._take(key, bool, "has to be true or false, without quotes")
        return default if value is None else value

    def choice(self, key: str, kind: type[Choice], default: Choice) -> Choice:
        value = self.text(key)
        if value is None:
            return default
        if value not in set(kind):
            raise self.fail(key, f"has to be {', '.join(kind)}: {visible(value, limit=80)!r} is none of them")
        return kind(value)

    def texts(self, key: str) -> tuple[str, ...]:
        problem = "has to be a list of texts"
        value = self._take(key, list, problem) or []
        if not all(isinstance(one, str) and one.isprintable() for one in value):
            raise self.fail(key, problem)
        return tuple(value)

    def pairs(self, key: str, variables: set[str] | None = None) -> dict[str, str]:
        problem = "has to be a table of texts"
        value = self._take(key, dict, problem) or {}
        if not all(isinstance(one, str) and one.isascii() and one.isprintable() for one in value.values()):
            raise self.fail(key, problem)
        for name, template in value.items():
            if variables is not None:
                self._check_names(f"{key}.{name}", template, variables)
        return dict(value)

    def aliases(self, key: str, members: set[str]) -> dict[str, tuple[str, ...]]:
        """Member of the RFC -> its other names, one text or a list."""
        problem = "has to be a table of names"
        value = self._take(key, dict, problem) or {}
        found = {}
        for member, names in value.items():
            if member not in members:
                raise self.fail(f"{key}.{member}", f"is no member of the RFC{_nearest(member, members)}")
            listed = [names] if isinstance(names, str) else names
            if not isinstance(listed, list) or not all(isinstance(one, str) and one for one in listed):
                raise self.fail(f"{key}.{member}", "has to be a name or a list of names")
            found[member] = tuple(listed)
        return found

    def table(self, key: str) -> "_Table":
        value = self._take(key, dict, "has to be a table") or {}
        return _Table(value, self._place, f"{self._path}{key}.")

    def tables(self, key: str) -> "list[_Table]":
        problem = f"has to be a list of tables, [[{key}]]"
        value = self._take(key, list, problem) or []
        if not all(isinstance(one, dict) for one in value):
            raise self.fail(key, problem)
        return [_Table(one, self._place, f"{key}[{number}].") for number, one in enumerate(value, start=1)]

    def all_tables(self) -> "dict[str, _Table]":
        return {key: self.table(key) for key in list(self._values)}

    def end(self) -> None:
        for key in self._values:
            raise self.fail(key, f"is unknown{_nearest(key, self._known)}")


def _nearest(key: str, known: set[str]) -> str:
    nearest = get_close_matches(key, sorted(known), n=1, cutoff=0.5)
    return f" (did you mean {nearest[0]}?)" if nearest else ""


def _variables(table: _Table) -> dict[str, Variable]:
    found = {}
    for name, one in table.all_tables().items():
        if not name.isidentifier() or name in {"issuer", "origin", *_CLIENT, *_CODE_NAMES}:
            raise table.fail(name, "is no name for a variable")
        found[name] = Variable(one.required("about"), one.text("default"))
        one.end()
    return found


def _endpoints(table: _Table, address: set[str], sent_back: set[str]) -> EndpointTemplates:
    endpoints = EndpointTemplates(
        device=table.template("device", address),
        token=table.template("token", address),
        poll=table.template("poll", {*address, *sent_back} - _CLIENT),
        revocation=table.template("revocation", address),
        userinfo=table.template("userinfo", address),
    )
    table.end()
    return endpoints


def _step(table: _Table, variables: set[str]) -> StepForm:
    step = StepForm(
        method=table.choice("method", Method, Method.POST),
        body=table.choice("body", Body, Body.FORM),
        secret=table.choice("secret", SecretPlace, SecretPlace.BASIC),
        params=table.pairs("params", variables),
        names=table.pairs("names"),
        omit=table.texts("omit"),
        adds_scope=table.switch("adds_scope"),
        headers=table.pairs("headers"),
    )
    if step.method is Method.GET and step.body is not Body.QUERY:
        raise table.fail("body", "has to be query, because a GET has no body")
    table.end()
    return step


def _code(table: _Table, variables: set[str]) -> CodeForm:
    known = {*variables, "user_code", "verification_uri"}
    code = CodeForm(
        names=table.aliases("names", _CODE_NAMES),
        verification_uri=table.template("verification_uri", known),
        verification_uri_complete=table.template("verification_uri_complete", known),
        lifetime=table.number("lifetime"),
        shortest_interval=table.number("shortest_interval"),
        echo=table.texts("echo"),
    )
    table.end()
    return code


def _tokens(table: _Table) -> TokenForm:
    tokens = TokenForm(table.aliases("names", _TOKEN_NAMES), table.switch("type_required", default=True))
    table.end()
    return tokens


def _rule(table: _Table) -> PollRule:
    means = table.required("means")
    if means not in set(Meaning):
        raise table.fail("means", f"has to be {', '.join(Meaning)}")
    rule = PollRule(Meaning(means), table.number("status"), table.text("member"), table.texts("values"))
    if rule.status is None and rule.member is None:
        raise table.fail("means", "needs a status or a member beside it")
    if (rule.member is None) != (not rule.values):
        raise table.fail("values", "belongs to a member, and a member to values")
    table.end()
    return rule
