"""The changes that bring the database into the state of a file: computed as a whole first, without I/O."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pairgrant_protocol.secret import Secret
from pairgrant_server.accounts.people import AccountError, checked_locale, checked_profile, checked_username
from pairgrant_server.authorization_server.clients.clients import ClientError
from pairgrant_server.authorization_server.clients.validation import checked
from pairgrant_server.authorization_server.model.defined_scope import DefinedScope
from pairgrant_server.authorization_server.model.records import Client, User
from pairgrant_server.commands.apply.configuration import Configuration, WantedClient, WantedUser
from pairgrant_server.commands.apply.problem import ConfigurationError, Problem
from pairgrant_server.commands.client.description import in_short, kind_of
from pairgrant_server.commands.client.fields import FIELDS, default_scope, value_of, with_values


@dataclass(frozen=True, slots=True)
class ClientStep:
    """``before`` is None if the client is added, ``after`` if it is removed; ``secret`` is generated."""

    before: Client | None
    after: Client | None
    secret: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class UserStep:
    """``before`` is None if the user is added."""

    before: User | None
    after: User


@dataclass(frozen=True, slots=True)
class ScopeStep:
    """``before`` is None if the definition is added."""

    before: DefinedScope | None
    after: DefinedScope


Step = ClientStep | UserStep | ScopeStep


@dataclass(frozen=True, slots=True)
class CurrentState:
    """What the database holds."""

    clients: Mapping[str, Client]
    users: Mapping[str, User]
    """By ``People.key`` of the username."""
    scopes: Mapping[str, DefinedScope] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """The time, the randomness and the keys that a plan needs."""

    now: float
    secret_digest: Callable[[str, Secret], bytes] = field(repr=False)
    new_secret: Callable[[], Secret]
    username_key: Callable[[str], str]


def plan(wanted: Configuration, current: CurrentState, inputs: PlanInputs, *, prune: bool) -> list[Step]:
    """The steps to take; empty if the database already matches.

    Raises:
        ConfigurationError: a client or user in the file is invalid.
    """
    problems: list[Problem] = []
    steps: list[Step | None] = [
        ScopeStep(before, scope)
        for scope in wanted.scopes
        if (before := current.scopes.get(scope.name)) != scope
    ]
    for client in wanted.clients:
        try:
            steps.append(_client_step(client, current.clients.get(client.client_id), inputs))
        except ClientError as error:
            problems.append(Problem(f"client.{client.client_id}", error.field, str(error)))
    for user in wanted.users:
        try:
            steps.append(_user_step(user, current.users.get(inputs.username_key(user.username)), inputs))
        except AccountError as error:
            problems.append(Problem(f"user.{user.username}", "", str(error)))
    if problems:
        raise ConfigurationError(problems)
    if prune:
        named = {client.client_id for client in wanted.clients}
        steps += [ClientStep(client, None) for name, client in current.clients.items() if name not in named]
    return [step for step in steps if step is not None]


def _client_step(wanted: WantedClient, before: Client | None, inputs: PlanInputs) -> ClientStep | None:
    digest = None if before is None else before.secret_digest
    secret = None
    if not wanted.has_secret:
        digest = None
    elif wanted.secret is not None:
        digest = inputs.secret_digest(wanted.client_id, wanted.secret)
    elif digest is None:
        secret = inputs.new_secret()
        digest = inputs.secret_digest(wanted.client_id, secret)
    blank = Client(wanted.client_id, "", frozenset(), (), inputs.now if before is None else before.created_at)
    values = {"scope": default_scope(wanted.values.get("grant_types", frozenset())), **wanted.values}
    after = checked(replace(with_values(blank, values), secret_digest=digest))
    return None if after == before else ClientStep(before, after, secret)


def _user_step(wanted: WantedUser, before: User | None, inputs: PlanInputs) -> UserStep | None:
    user = before or User("", checked_username(wanted.username), "", inputs.now, wanted.username)
    name, email = checked_profile(
        wanted.values.get("display_name", user.display_name), wanted.values.get("email", user.email)
    )
    language, time_zone = user.language, user.time_zone
    if wanted.values.keys() & {"language", "time_zone"}:
        language, time_zone = checked_locale(
            wanted.values.get("language", language), wanted.values.get("time_zone", time_zone)
        )
    after = replace(
        user,
        display_name=name,
        email=email,
        language=language,
        time_zone=time_zone,
        locked=wanted.values.get("locked", user.locked),
    )
    return None if after == before else UserStep(before, after)


def plan_lines(steps: Sequence[Step]) -> list[str]:
    """The plan for the terminal: + for added, ~ for changed, - for removed."""
    return [line for step in steps for line in _lines(step)]


def _lines(step: Step) -> list[str]:
    if isinstance(step, UserStep):
        return _user_lines(step)
    if isinstance(step, ScopeStep):
        return _scope_lines(step)
    before, after = step.before, step.after
    if after is None:
        assert before is not None  # noqa: S101 - a step has at least one of the two
        return [f"- client {before.client_id} ({before.name}), and every device that uses it"]
    changes = [
        (name, in_short(name, value_of(before, name)), in_short(name, value_of(after, name)))
        for name in FIELDS
        if before is None or value_of(before, name) != value_of(after, name)
    ]
    if before is None:
        lines = [f"+ client {after.client_id} ({kind_of(after)})"]
        return lines + [f"    {name}: {now}" for name, was, now in changes if was != now]
    lines = [f"~ client {after.client_id}"]
    lines += [f"    {name}: {was} -> {now}" for name, was, now in changes]
    if before.secret_digest != after.secret_digest:
        lines.append(f"    secret: {_secret(before)} -> {_secret(after, fresh=True)}")
    return lines


def _secret(client: Client, *, fresh: bool = False) -> str:
    if client.secret_digest is None:
        return "none"
    return "a new secret" if fresh else "set"


def _scope_lines(step: ScopeStep) -> list[str]:
    after, sign = step.after, "+" if step.before is None else "~"
    lines = [f"{sign} scope {after.name}"]
    lines += [
        f"    {language}: {text.title}" + (f" ({text.sentence})" if text.sentence else "")
        for language, text in after.texts.items()
    ]
    if after.icon is not None:
        lines.append(f"    icon: {after.icon.value}")
    return [*lines, "    strong"] if after.is_strong else lines


def _user_lines(step: UserStep) -> list[str]:
    before, after = step.before, step.after
    sign = "+" if before is None else "~"
    lines = [f"{sign} user {after.username}"]
    for name in ("display_name", "email", "language", "time_zone", "locked"):
        was: Any = None if before is None else getattr(before, name)
        now: Any = getattr(after, name)
        if before is None and now:
            lines.append(f"    {name}: {in_short(name, now)}")
        elif before is not None and was != now:
            lines.append(f"    {name}: {in_short(name, was)} -> {in_short(name, now)}")
    return lines
