"""Every field of every record is stored by both engines, whichever statements write and read it."""

from collections.abc import Awaitable, Callable
from dataclasses import MISSING, fields, replace
from typing import Any

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.sign_in_end import EndedBy
from pairgrant_protocol.vocabulary import GrantType, PairingStage
from pairgrant_server.authorization_server.model.approval_hold import ApprovalHold
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy
from pairgrant_server.authorization_server.model.connected_device import (
    DeviceEvent,
    DeviceEventKind,
    DeviceQuery,
    Rotation,
)
from pairgrant_server.authorization_server.model.defined_scope import DefinedScope, Icon, ScopeText
from pairgrant_server.authorization_server.model.device_kind import DeviceKind
from pairgrant_server.authorization_server.model.polled_grant import ApprovedGrant, PolledGrant
from pairgrant_server.authorization_server.model.records import (
    AuthorizationDecision,
    AuthorizationGrant,
    Client,
    ConnectedDevice,
    Consent,
    DeviceGrant,
    Identity,
    InitialAccessToken,
    Notice,
    SessionPairing,
    SigningKey,
    Upstream,
    User,
    WebSession,
)
from pairgrant_server.authorization_server.model.risk_records import (
    DeviceKey,
    GrantViewer,
    OutboxEvent,
    Report,
)
from pairgrant_server.authorization_server.store.interface.store import Store
from pairgrant_server.authorization_server.store.sql.rows import (
    APPROVED_GRANT_COLUMNS,
    POLLED_GRANT_COLUMNS,
)

NOW = 1_790_000_000.0

CLIENT = Client(
    client_id="lobby-tv",
    name="Lobby TV",
    grant_types=frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN}),
    scope=("openid", "board:read"),
    created_at=NOW + 1,
    redirect_uris=("https://tv.example/a", "com.example.tv:/b"),
    secret_digest=b"s" * 32,
    jwks='{"keys":[{}]}',
    policy=ClientPolicy(requires_dpop=True),
    registered_with="integrators",
)
USER = User(
    user_id="u1",
    username="Alice",
    password_hash="$argon2id$",
    created_at=NOW + 2,
    display_name="Alice Liddell",
    email="alice@example.org",
    locked=True,
    session_epoch=3,
    language="it",
    time_zone="Europe/Rome",
)
GRANT = DeviceGrant(
    grant_id=b"g" * 16,
    device_code_digest=b"d" * 32,
    user_code_digest=b"u" * 32,
    client_id="lobby-tv",
    scope=("openid", "board:read"),
    interval=7,
    created_at=NOW + 3,
    expires_at=NOW + 603,
    device_name="Lobby",
    address="192.0.2.7",
    status=GrantStatus.APPROVED,
    stage=PairingStage.CONFIRMING,
    user_id="u1",
    auth_time=NOW + 4,
    connected_device_id="1" * 32,
    redeemed_at=NOW + 5,
    replay=b"sealed response",
    resource="https://api.example/",
    dpop_jkt="j" * 43,
    code_challenge="c" * 43,
    capabilities="number fresh_scan",
    device_label="Room 4",
    held_until=NOW + 1,
    confirm_within=120,
    connection_lifetime=3600,
    cancelled_at=NOW + 29,
)
AUTHORIZATION = AuthorizationGrant(
    grant_id=b"a" * 16,
    client_id="lobby-tv",
    request='{"state":"x"}',
    created_at=NOW + 6,
    expires_at=NOW + 606,
    status=GrantStatus.APPROVED,
    user_id="u1",
    auth_time=NOW + 7,
    scope=("openid",),
    code_digest=b"c" * 32,
    connected_device_id="2" * 32,
    redeemed_at=NOW + 8,
)
DEVICE = ConnectedDevice(
    device_id="0" * 32,
    user_id="u1",
    client_id="lobby-tv",
    scope=("openid", "board:read"),
    name="Lobby",
    address="192.0.2.8",
    created_at=NOW + 9,
    last_seen_at=NOW + 10,
    auth_time=NOW + 11,
    expires_at=NOW + 3600,
    refresh_sequence=12,
    refresh_digest=b"r" * 32,
    rotated_at=NOW + 13,
    replay=b"sealed response",
    revoked_at=NOW + 14,
    grant_type=GrantType.JWT_BEARER,
    resource="https://api.example/",
    dpop_jkt="j" * 43,
    ends_at=NOW + 86_400,
    confirm_by=NOW + 7200,
    ended_by=EndedBy.REUSE,
    kind=DeviceKind.SERVICE,
    given_name="Kitchen",
    remove_at=NOW + 7300,
)
NEW_DEVICE = replace(
    DEVICE, rotated_at=None, replay=None, revoked_at=None, ended_by=None, given_name=None, remove_at=None
)
"""What a redemption stores of it: nothing that only later changes set."""
DEVICE_EVENT = DeviceEvent(
    device_id=DEVICE.device_id,
    event_id="v1",
    at=NOW + 49,
    kind=DeviceEventKind.NETWORK_CHANGED,
    before="192.0.2.8",
    after="192.0.2.9",
)
SESSION = WebSession(
    session_digest=b"s" * 32,
    created_at=NOW + 15,
    expires_at=NOW + 615,
    user_id="u1",
    auth_time=NOW + 16,
    sealed_upstream=b"sealed sign-in",
    session_epoch=17,
    browser_id="b1",
    sealed_successor=b"sealed cookie",
)
SESSION_PAIRING = SessionPairing(
    session_digest=b"s" * 32,
    grant_id=b"g" * 16,
    sealed_user_code=b"sealed code",
    looked_up_at=NOW + 17,
    arrival='{"how":"typed"}',
)
CONSENT = Consent(user_id="u1", client_id="lobby-tv", scope=("openid", "email"), granted_at=NOW + 18)
SIGNING_KEY = SigningKey(kid="k1", algorithm="ES256", sealed=b"sealed key", created_at=NOW + 19)
UPSTREAM = Upstream(
    name="example",
    label="Example",
    issuer="https://accounts.example",
    client_id="pairgrant",
    sealed_secret=b"sealed secret",
    scope=("openid", "email"),
    creates_accounts=True,
    created_at=NOW + 20,
)
DEFINED_SCOPE = DefinedScope(
    name="reports:read",
    texts={"en": ScopeText("Read reports", "All of them."), "it": ScopeText("Leggere i rapporti")},
    icon=Icon.DOCUMENT,
    is_strong=True,
)
IDENTITY = Identity(issuer="https://accounts.example", subject="248289", user_id="u1", created_at=NOW + 21)
INITIAL_ACCESS_TOKEN = InitialAccessToken(
    token_digest=b"t" * 32,
    name="integrators",
    grant_types=frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN}),
    scope=("openid", "board:read"),
    remaining=22,
    created_at=NOW + 23,
    expires_at=NOW + 3623,
    policy=ClientPolicy(requires_return_pin=True),
)
VIEWER = GrantViewer(grant_id=GRANT.grant_id, browser_id="b1", seen_at=NOW + 31, user_id="u1")
DEVICE_KEY = DeviceKey(
    client_id="lobby-tv",
    dpop_jkt="j" * 43,
    name="Lobby screen",
    added_at=NOW + 32,
    place="Ground floor",
    owner="Facilities",
    label="Room 4",
)
REPORT = Report(
    report_id="r1",
    client_id="lobby-tv",
    network="192.0.2.7",
    created_at=NOW + 33,
    page="consent",
    seen='{"device_name":"Lobby"}',
    grant_id=GRANT.grant_id,
    device_id=DEVICE.device_id,
    dpop_jkt="j" * 43,
    user_id="u1",
    reporter_network="198.51.100.1",
    lifted_at=NOW + 34,
)
OUTBOX_EVENT = OutboxEvent(event_id="e1", name="pairing.reported", facts="{}", created_at=NOW + 35)
NOTICE = Notice(notice_id="n1", user_id="u1", text="Lunch at 12", created_at=NOW + 24)
ROTATION = Rotation(
    device_id=DEVICE.device_id,
    expected_digest=b"r" * 32,
    refresh_sequence=25,
    refresh_digest=b"n" * 32,
    expires_at=NOW + 7200,
    rotated_at=NOW + 26,
    replay=b"next sealed response",
    address="192.0.2.9",
)
DECISION = AuthorizationDecision(
    grant_id=AUTHORIZATION.grant_id,
    status=GrantStatus.APPROVED,
    user_id="u1",
    auth_time=NOW + 27,
    expires_at=NOW + 60,
    scope=("email",),
    code_digest=b"e" * 32,
)

SAMPLES = (
    *(CLIENT, USER, GRANT, AUTHORIZATION, DEVICE, SESSION, CONSENT, SIGNING_KEY),
    *(UPSTREAM, IDENTITY, INITIAL_ACCESS_TOKEN, NOTICE, ROTATION, DECISION),
    *(VIEWER, DEVICE_KEY, REPORT, OUTBOX_EVENT, SESSION_PAIRING, DEVICE_EVENT),
)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: type(sample).__name__)
def test_every_field_of_a_sample_differs_from_its_default(sample: Any) -> None:
    """A field that has its default would be found even if no column stores it."""
    name = type(sample).__name__
    same = [
        one.name
        for one in fields(sample)
        if one.default is not MISSING and getattr(sample, one.name) == one.default
    ]
    assert not same, f"give {', '.join(same)} of the {name} in this file a value unlike the default"


def assert_same(sample: Any, found: Any, way: str) -> None:
    name = type(sample).__name__
    assert found is not None, f"{way}: no {name} was found"
    lost = [one.name for one in fields(sample) if getattr(sample, one.name) != getattr(found, one.name)]
    assert not lost, (
        f"{way} loses {', '.join(f'{name}.{field}' for field in lost)}."
        " Add the column to a new file in both store/schema/sqlite and store/schema/postgresql,"
        " convert it in store/sql/rows.py, and name it in every statement that lists columns by hand"
    )


@pytest.fixture
async def known(store: Store) -> Store:
    """A store with the client and the user that the other records refer to."""
    assert await store.add_client(CLIENT)
    assert await store.add_user(USER)
    return store


async def test_client_is_stored_whole(store: Store) -> None:
    assert await store.add_client(CLIENT)
    assert_same(CLIENT, await store.client(CLIENT.client_id), "add_client, client")
    assert_same(CLIENT, (await store.clients())[0], "add_client, clients")
    assert await store.replace_client(Client(CLIENT.client_id, "", frozenset(), (), NOW))
    assert await store.replace_client(CLIENT)
    assert_same(CLIENT, await store.client(CLIENT.client_id), "replace_client")


async def test_user_is_stored_whole(store: Store) -> None:
    assert await store.add_user(USER)
    assert_same(USER, await store.user(USER.user_id), "add_user, user")
    assert_same(USER, await store.user_by_name("ALICE"), "add_user, user_by_name")
    assert_same(USER, (await store.users())[0], "add_user, users")


async def test_user_with_identity_is_stored_whole(store: Store) -> None:
    assert await store.add_user_with_identity(USER, IDENTITY)
    found = await store.user_by_identity(IDENTITY.issuer, IDENTITY.subject)
    assert_same(USER, found, "add_user_with_identity, user_by_identity")
    assert_same(IDENTITY, (await store.identities("u1"))[0], "add_user_with_identity, identities")


async def test_identity_is_stored_whole(known: Store) -> None:
    assert await known.add_identity(IDENTITY)
    assert_same(IDENTITY, (await known.identities("u1"))[0], "add_identity, identities")


async def issued(store: Store) -> DeviceGrant:
    """A stored grant with each field that one has from the start."""
    grant = replace(
        GRANT,
        status=GrantStatus.PENDING,
        user_id=None,
        auth_time=None,
        held_until=None,
        confirm_within=None,
        connection_lifetime=None,
        cancelled_at=None,
        connected_device_id=None,
        redeemed_at=None,
        replay=None,
    )
    assert await store.insert_grant(grant)
    return grant


async def decided(store: Store, status: GrantStatus) -> DeviceGrant:
    """The same, and with each field that a decision sets."""
    at, scope = NOW + 28, ("board:read",)
    hold = ApprovalHold(held_until=NOW + 27, confirm_within=60, connection_lifetime=7200)
    pending = await issued(store)
    assert await store.decide_grant(pending.grant_id, status, "u1", at, NOW, scope=scope, hold=hold)
    return replace(pending, status=status, user_id="u1", auth_time=at, scope=scope, **hold._asdict())


async def test_device_grant_is_stored_whole(known: Store) -> None:
    grant = await issued(known)
    assert_same(grant, await known.grant(grant.grant_id), "insert_grant, grant")
    found = await known.grant_by_user_code(grant.user_code_digest)
    assert_same(grant, found, "insert_grant, grant_by_user_code")


async def test_polled_grant_is_read_whole(known: Store) -> None:
    grant = await decided(known, GrantStatus.APPROVED)
    polled = await known.polled_grant(grant.grant_id)
    values, terms = (
        [getattr(grant, name) for name in names] for names in (POLLED_GRANT_COLUMNS, APPROVED_GRANT_COLUMNS)
    )
    approved = ApprovedGrant(*[*terms, False])
    assert polled == PolledGrant(*[*values, approved]), (
        "store/sql/rows.py takes the columns in the order of the fields of PolledGrant and ApprovedGrant"
    )


async def test_decision_about_a_device_grant_is_stored_whole(known: Store) -> None:
    grant = await decided(known, GrantStatus.DENIED)
    assert_same(grant, await known.grant(grant.grant_id), "decide_grant")


async def test_cancellation_of_a_device_grant_is_stored_whole(known: Store) -> None:
    grant = await issued(known)
    assert await known.cancel_grant(grant.grant_id, NOW + 29)
    cancelled = replace(grant, status=GrantStatus.DENIED, cancelled_at=NOW + 29)
    assert_same(cancelled, await known.grant(grant.grant_id), "cancel_grant")


async def test_redemption_of_a_device_grant_is_stored_whole(known: Store) -> None:
    grant = await decided(known, GrantStatus.APPROVED)
    assert await known.set_user_locked("u1", locked=False)
    assert await known.redeem_grant(grant.grant_id, DEVICE, b"another sealed response", NOW + 29)
    redeemed = replace(
        grant,
        status=GrantStatus.REDEEMED,
        connected_device_id=DEVICE.device_id,
        redeemed_at=NOW + 29,
        replay=b"another sealed response",
    )
    assert_same(redeemed, await known.grant(grant.grant_id), "redeem_grant")
    assert_same(NEW_DEVICE, await known.connected_device(DEVICE.device_id), "redeem_grant, connected_device")


async def test_authorization_grant_is_stored_whole(known: Store) -> None:
    await known.insert_authorization(AUTHORIZATION)
    assert_same(AUTHORIZATION, await known.authorization(AUTHORIZATION.grant_id), "insert_authorization")


async def test_decision_about_an_authorization_grant_is_stored_whole(known: Store) -> None:
    pending = replace(AUTHORIZATION, status=GrantStatus.PENDING)
    await known.insert_authorization(pending)
    assert await known.decide_authorization(DECISION, NOW)
    decided = replace(pending, **{one.name: getattr(DECISION, one.name) for one in fields(DECISION)})
    assert_same(decided, await known.authorization(AUTHORIZATION.grant_id), "decide_authorization")


async def test_redemption_of_an_authorization_grant_is_stored_whole(known: Store) -> None:
    await known.insert_authorization(AUTHORIZATION)
    assert await known.redeem_authorization(AUTHORIZATION.grant_id, DEVICE, NOW + 30)
    redeemed = replace(
        AUTHORIZATION,
        status=GrantStatus.REDEEMED,
        connected_device_id=DEVICE.device_id,
        redeemed_at=NOW + 30,
    )
    assert_same(redeemed, await known.authorization(AUTHORIZATION.grant_id), "redeem_authorization")
    assert_same(
        NEW_DEVICE, await known.connected_device(DEVICE.device_id), "redeem_authorization, connected_device"
    )


async def test_connected_device_is_stored_whole(known: Store) -> None:
    await known.add_connected_device(DEVICE)
    assert_same(
        DEVICE, await known.connected_device(DEVICE.device_id), "add_connected_device, connected_device"
    )
    connected = replace(DEVICE, device_id="3" * 32, revoked_at=None)
    await known.add_connected_device(connected)
    assert_same(
        connected, (await known.connected_devices("u1", NOW))[0], "add_connected_device, connected_devices"
    )
    page = await known.device_page("u1", DeviceQuery(), NOW)
    assert_same(connected, page.devices[0].device, "add_connected_device, device_page")
    await known.add_connected_device(replace(connected, device_id="4" * 32, remove_at=NOW))
    (due,) = await known.due_removals(NOW)
    assert_same(
        replace(connected, device_id="4" * 32, remove_at=NOW), due, "add_connected_device, due_removals"
    )


async def test_device_event_is_stored_whole(known: Store) -> None:
    await known.add_connected_device(DEVICE)
    await known.add_device_event(DEVICE_EVENT)
    assert_same(DEVICE_EVENT, (await known.device_events(DEVICE.device_id))[0], "add_device_event")


async def test_rotation_is_stored_whole(known: Store) -> None:
    connected = replace(DEVICE, revoked_at=None)
    await known.add_connected_device(connected)
    assert await known.rotate_refresh(ROTATION)
    kept = {
        one.name: getattr(ROTATION, one.name) for one in fields(ROTATION) if one.name != "expected_digest"
    }
    rotated = replace(connected, last_seen_at=ROTATION.rotated_at, **kept)
    assert_same(rotated, await known.connected_device(DEVICE.device_id), "rotate_refresh")


async def test_viewer_of_a_grant_is_stored_whole(known: Store) -> None:
    await issued(known)
    assert await known.add_grant_viewer(replace(VIEWER, seen_at=NOW, user_id=None))
    assert await known.add_grant_viewer(VIEWER)
    assert_same(VIEWER, (await known.grant_viewers(GRANT.grant_id))[0], "add_grant_viewer, grant_viewers")


async def test_device_key_is_stored_whole(known: Store) -> None:
    await known.put_device_key(replace(DEVICE_KEY, name="", added_at=NOW, place="", owner="", label=""))
    await known.put_device_key(DEVICE_KEY)
    assert_same(DEVICE_KEY, await known.device_key("lobby-tv", "j" * 43), "put_device_key, device_key")
    assert_same(DEVICE_KEY, (await known.device_keys())[0], "put_device_key, device_keys")


async def test_report_is_stored_whole(known: Store) -> None:
    await known.end_pairing(OUTBOX_EVENT, NOW, ended_by=EndedBy.USER, report=REPORT)
    assert_same(REPORT, (await known.reports(NOW))[0], "end_pairing, reports")
    assert_same(OUTBOX_EVENT, (await known.outbox(1))[0], "end_pairing, outbox")
    counted = replace(REPORT, report_id="r2", grant_id=None, device_id=None, lifted_at=None)
    await known.end_pairing(replace(OUTBOX_EVENT, event_id="e2"), NOW, ended_by=EndedBy.USER, report=counted)
    about = await known.reports_about("lobby-tv", "192.0.2.7", None, NOW)
    assert_same(counted, about[0], "end_pairing, reports_about")


async def test_session_is_stored_whole(known: Store) -> None:
    await known.add_session(SESSION)
    assert_same(SESSION, await known.session(SESSION.session_digest), "add_session, session")
    await known.remove_session(SESSION.session_digest)
    await known.add_session(WebSession(SESSION.session_digest, NOW, NOW + 60))
    await known.supersede_session(SESSION, None, [])
    assert_same(SESSION, await known.session(SESSION.session_digest), "supersede_session, session")


async def test_pairing_of_a_session_is_stored_whole(known: Store) -> None:
    await known.add_session(WebSession(SESSION.session_digest, NOW, NOW + 60))
    await known.put_session_pairing(
        replace(SESSION_PAIRING, sealed_user_code=b"", looked_up_at=NOW, arrival=None)
    )
    await known.put_session_pairing(SESSION_PAIRING)
    found = (await known.session_pairings(SESSION.session_digest))[0]
    assert_same(SESSION_PAIRING, found, "put_session_pairing, session_pairings")
    carried_over = replace(SESSION_PAIRING, session_digest=b"n" * 32)
    await known.supersede_session(SESSION, WebSession(b"n" * 32, NOW, NOW + 60), [carried_over])
    found = (await known.session_pairings(b"n" * 32))[0]
    assert_same(carried_over, found, "supersede_session, session_pairings")


async def test_consent_is_stored_whole(known: Store) -> None:
    await known.put_consent(replace(CONSENT, scope=(), granted_at=NOW))
    await known.put_consent(CONSENT)
    assert_same(CONSENT, await known.consent("u1", "lobby-tv"), "put_consent, consent")


Add = Callable[[Store], Awaitable[Any]]
Find = Callable[[Store], Awaitable[Any]]


@pytest.mark.parametrize(
    ("sample", "add", "find"),
    [
        (
            SIGNING_KEY,
            lambda store: store.add_signing_key(SIGNING_KEY, unless_since=0),
            lambda store: store.signing_keys(),
        ),
        (UPSTREAM, lambda store: store.put_upstream(UPSTREAM), lambda store: store.upstreams()),
        (
            DEFINED_SCOPE,
            lambda store: store.put_defined_scope(DEFINED_SCOPE),
            lambda store: store.defined_scopes(),
        ),
        (
            INITIAL_ACCESS_TOKEN,
            lambda store: store.add_initial_access_token(INITIAL_ACCESS_TOKEN),
            lambda store: store.initial_access_tokens(),
        ),
        (NOTICE, lambda store: store.add_notice(NOTICE, limit=1), lambda store: store.notices("u1")),
    ],
    ids=["SigningKey", "Upstream", "DefinedScope", "InitialAccessToken", "Notice"],
)
async def test_listed_record_is_stored_whole(known: Store, sample: Any, add: Add, find: Find) -> None:
    await add(known)
    (found,) = await find(known)
    assert_same(sample, found, type(sample).__name__)


async def test_used_initial_access_token_is_returned_whole(known: Store) -> None:
    await known.add_initial_access_token(INITIAL_ACCESS_TOKEN)
    used = await known.use_initial_access_token(INITIAL_ACCESS_TOKEN.token_digest, NOW)
    assert_same(replace(INITIAL_ACCESS_TOKEN, remaining=21), used, "use_initial_access_token")
