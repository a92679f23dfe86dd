"""Records to rows and back. Columns are named like the fields of the records."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import GrantType, PairingStage
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.polled_grant import PolledGrant
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


class Row(Protocol):
    """A row that gives its columns by name."""

    def __getitem__(self, name: str, /) -> Any: ...


T = TypeVar("T")

_STATUSES = {status.value: status for status in GrantStatus}
_STAGES = {stage.value: stage for stage in PairingStage}


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


def client_of(row: Row) -> Client:
    return Client(
        client_id=row["client_id"],
        name=row["name"],
        grant_types=frozenset(GrantType(name) for name in row["grant_types"].split()),
        scope=tuple(row["scope"].split()),
        created_at=row["created_at"],
        redirect_uris=tuple(row["redirect_uris"].split()),
        secret_digest=row["secret_digest"],
        jwks=row["jwks"],
        policy=ClientPolicy.from_json(row["policy"]),
        registered_with=row["registered_with"],
    )


def user_row(user: User) -> dict[str, Any]:
    return {**columns(user), "username_key": username_key(user.username)}


def username_key(username: str) -> str:
    """Two usernames are the same if their keys are equal."""
    return username.casefold()


def user_of(row: Row) -> User:
    members = _members(User, row)
    return User(**{**members, "locked": bool(members["locked"])})


def flat(record: type[Any]) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The columns of a record that has a scope, and a function that takes their values from such a record.

    The scope comes last, as space-separated text.
    """
    plain = tuple(name for name in record.__dataclass_fields__ if name != "scope")
    fields = attrgetter(*plain)
    return (*plain, "scope"), lambda one: (*fields(one), " ".join(one.scope))


def record_of(record: type[T], row: Row) -> T:
    """A flat record, each field from the column of its name."""
    return record(**_members(record, row))


def polled_grant_of(row: Iterable[Any]) -> PolledGrant:
    """``row`` in the order of the fields."""
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
    )


def grant_of(row: Row) -> DeviceGrant:
    return DeviceGrant(
        grant_id=row["grant_id"],
        device_code_digest=row["device_code_digest"],
        user_code_digest=row["user_code_digest"],
        client_id=row["client_id"],
        scope=tuple(row["scope"].split()),
        interval=row["interval"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        device_name=row["device_name"],
        address=row["address"],
        status=_STATUSES[row["status"]],
        stage=_STAGES[row["stage"]],
        user_id=row["user_id"],
        auth_time=row["auth_time"],
        connected_device_id=row["connected_device_id"],
        redeemed_at=row["redeemed_at"],
        replay=row["replay"],
        resource=row["resource"],
        dpop_jkt=row["dpop_jkt"],
        code_challenge=row["code_challenge"],
        capabilities=row["capabilities"],
        device_label=row["device_label"],
        held_until=row["held_until"],
        confirm_within=row["confirm_within"],
        connection_lifetime=row["connection_lifetime"],
        cancelled_at=row["cancelled_at"],
    )


def device_of(row: Row) -> ConnectedDevice:
    members = _members_with_scope(ConnectedDevice, row)
    ended_by = members["ended_by"]
    converted = {
        "grant_type": GrantType(members["grant_type"]),
        "ended_by": None if ended_by is None else EndedBy(ended_by),
    }
    return ConnectedDevice(**{**members, **converted})


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
