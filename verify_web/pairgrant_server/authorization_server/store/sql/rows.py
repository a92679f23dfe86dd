"""Records to rows and back. Columns are named like the fields of the records."""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import GrantType, PairingStage
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.connected_device import DeviceEvent, DeviceEventKind
from pairgrant_server.authorization_server.model.defined_scope import DefinedScope
from pairgrant_server.authorization_server.model.device_kind import DeviceKind
from pairgrant_server.authorization_server.model.polled_grant import ApprovedGrant, PolledGrant
from pairgrant_server.authorization_server.model.records import (
    AuthorizationGrant,
    Client,
    ConnectedDevice,
    Consent,
    DeviceGrant,
    InitialAccessToken,
    Upstream,
    User,
)
from pairgrant_server.authorization_server.model.with_account import RefreshedDevice, TokenHolder


class Row(Protocol):
    """A row that gives its columns by name, and iterates over their values."""

    def __getitem__(self, name: str, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...


T = TypeVar("T")

POLLED_GRANT_COLUMNS = PolledGrant._fields[:-1]
"""All fields but ``approved``."""
APPROVED_GRANT_COLUMNS = ApprovedGrant._fields[:-1]
"""All fields but ``is_account_usable``, which is the account's."""
REFRESHED_DEVICE_COLUMNS = RefreshedDevice._fields[:-1]
"""As ``APPROVED_GRANT_COLUMNS``."""
LATER_GRANT_COLUMNS = frozenset(
    {
        "user_id",
        "auth_time",
        "held_until",
        "confirm_within",
        "connection_lifetime",
        "cancelled_at",
        "connected_device_id",
        "redeemed_at",
        "replay",
    }
)
"""Fields of a grant that are None until it is decided, cancelled or redeemed."""
LATER_DEVICE_COLUMNS = frozenset(
    {"rotated_at", "replay", "revoked_at", "ended_by", "given_name", "remove_at"}
)
"""Fields of a connected device that are None when a grant is redeemed."""
_STATUSES = {status.value: status for status in GrantStatus}
_STAGES = {stage.value: stage for stage in PairingStage}
_KINDS = {kind.value: kind for kind in DeviceKind}
_GRANT_TYPES = {grant_type.value: grant_type for grant_type in GrantType}


def columns(record: Any) -> dict[str, Any]:
    """A flat record's fields by name, without the deep copies of ``dataclasses.asdict``."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def client_row(client: Client) -> dict[str, Any]:
    return {
        **columns(client),
        "grant_types": " ".join(sorted(client.grant_types)),
        "scope": " ".join(client.scope),
        "redirect_uris": " ".join(client.redirect_uris),
        "policy": client.policy.to_json(),
    }


def defined_scope_row(scope: DefinedScope) -> dict[str, Any]:
    icon = None if scope.icon is None else scope.icon.value
    return {**columns(scope), "texts": scope.texts_to_json(), "icon": icon}


def defined_scope_of(row: Row) -> DefinedScope:
    return DefinedScope.of(row["name"], row["texts"], row["icon"], is_strong=bool(row["is_strong"]))


def user_row(user: User) -> dict[str, Any]:
    return {**columns(user), "username_key": username_key(user.username)}


def username_key(username: str) -> str:
    """Two usernames are the same if their keys are equal."""
    return username.casefold()


def in_order(record: type[T], **conversions: Callable[[Any], Any]) -> Callable[[Iterable[Any]], T]:
    """A function that makes a ``record`` of a row with its columns in the order of the fields.

    ``conversions`` are for the fields that a column holds in another form. By name it takes twice as long.
    """
    fields: Any = record
    names = list(fields.__dataclass_fields__)
    converted = [(names.index(name), convert) for name, convert in conversions.items()]

    def of(row: Iterable[Any]) -> T:
        values = list(row)
        for place, convert in converted:
            values[place] = convert(values[place])
        return record(*values)

    return of


def flat(
    record: type[Any], *, without: Collection[str] = ()
) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The columns of a record that has a scope, and a function that takes their values from such a record.

    The scope comes last, as space-separated text. ``without``: fields that are left out.
    """
    plain = tuple(name for name in record.__dataclass_fields__ if name != "scope" and name not in without)
    fields = attrgetter(*plain)
    return (*plain, "scope"), lambda one: (*fields(one), " ".join(one.scope))


def record_of(record: type[T], row: Row) -> T:
    """A flat record, each field from the column of its name."""
    return record(**_members(record, row))


def polled_grant_of(row: Iterable[Any], approved: ApprovedGrant | None = None) -> PolledGrant:
    """``row``: ``POLLED_GRANT_COLUMNS``."""
    device_code_digest, client_id, status, expires_at, interval, stage, dpop_jkt, code_challenge = row
    return PolledGrant(
        device_code_digest,
        client_id,
        _STATUSES[status],
        expires_at,
        interval,
        _STAGES[stage],
        dpop_jkt,
        code_challenge,
        approved,
    )


def approved_grant_of(row: Iterable[Any]) -> ApprovedGrant:
    """``row``: ``APPROVED_GRANT_COLUMNS``, and whether the account is locked; NULL if there is none."""
    scope, *others, is_locked = row
    values = (_words(scope), *others, is_locked is not None and not is_locked)
    return ApprovedGrant(*values)


def refreshed_device_of(row: Iterable[Any]) -> RefreshedDevice:
    """``row``: ``REFRESHED_DEVICE_COLUMNS``, and as ``approved_grant_of``."""
    scope, *others, is_locked = row
    values = (_words(scope), *others, is_locked is not None and not is_locked)
    return RefreshedDevice(*values)


def token_holder_of(row: Iterable[Any]) -> TokenHolder:
    """``row`` in the order of the fields."""
    device_id, username, is_locked, *ends = row
    return TokenHolder(device_id, username, bool(is_locked), *ends)


def with_scope(record: Any) -> dict[str, Any]:
    """The columns of a flat record that has a scope."""
    return {**columns(record), "scope": " ".join(record.scope)}


def authorization_of(row: Row) -> AuthorizationGrant:
    members = _members_with_scope(AuthorizationGrant, row)
    return AuthorizationGrant(**{**members, "status": _STATUSES[members["status"]]})


def consent_of(row: Row) -> Consent:
    return Consent(**_members_with_scope(Consent, row))


def upstream_of(row: Row) -> Upstream:
    members = _members_with_scope(Upstream, row)
    return Upstream(**{**members, "creates_accounts": bool(members["creates_accounts"])})


def initial_access_token_row(token: InitialAccessToken) -> dict[str, Any]:
    return {
        **with_scope(token),
        "grant_types": " ".join(sorted(token.grant_types)),
        "policy": token.policy.to_json(),
    }


def initial_access_token_of(row: Row) -> InitialAccessToken:
    members = _members_with_scope(InitialAccessToken, row)
    grant_types = frozenset(GrantType(name) for name in members["grant_types"].split())
    policy = ClientPolicy.from_json(members["policy"])
    return InitialAccessToken(**{**members, "grant_types": grant_types, "policy": policy})


def _members(record: type[Any], row: Row) -> dict[str, Any]:
    return {name: row[name] for name in record.__dataclass_fields__}


def _members_with_scope(record: type[Any], row: Row) -> dict[str, Any]:
    members = _members(record, row)
    return {**members, "scope": tuple(members["scope"].split())}


@lru_cache(maxsize=1024)
def _grant_types(names: str) -> frozenset[GrantType]:
    return frozenset(GrantType(name) for name in names.split())


@lru_cache(maxsize=1024)
def _words(text: str) -> tuple[str, ...]:
    """The words of a scope or a list of URIs; a few texts are read over and over."""
    return tuple(text.split())


client_of = in_order(
    Client,
    grant_types=_grant_types,
    scope=_words,
    redirect_uris=_words,
    policy=lru_cache(maxsize=1024)(ClientPolicy.from_json),
)
user_of = in_order(User, locked=bool)
grant_of = in_order(DeviceGrant, scope=_words, status=_STATUSES.__getitem__, stage=_STAGES.__getitem__)
device_of = in_order(
    ConnectedDevice,
    scope=_words,
    grant_type=_GRANT_TYPES.__getitem__,
    ended_by=lambda name: None if name is None else EndedBy(name),
    kind=_KINDS.__getitem__,
)
device_event_of = in_order(DeviceEvent, kind=DeviceEventKind)
