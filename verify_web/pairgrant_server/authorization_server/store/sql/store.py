"""A store composed of its parts: what both engines are built on."""

from pairgrant_server.authorization_server.store.interface.attempts import AttemptStore
from pairgrant_server.authorization_server.store.interface.clients import ClientStore
from pairgrant_server.authorization_server.store.interface.connected_devices import ConnectedDeviceStore
from pairgrant_server.authorization_server.store.interface.device_grants import DeviceGrantStore
from pairgrant_server.authorization_server.store.interface.reports import ReportStore
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.authorization_server.store.sql.authorization_grants import SqlAuthorizationGrants
from pairgrant_server.authorization_server.store.sql.consents import SqlConsents
from pairgrant_server.authorization_server.store.sql.database import Database
from pairgrant_server.authorization_server.store.sql.defined_scopes import SqlDefinedScopes
from pairgrant_server.authorization_server.store.sql.device_keys import SqlDeviceKeys
from pairgrant_server.authorization_server.store.sql.device_lists import SqlDeviceLists
from pairgrant_server.authorization_server.store.sql.device_removals import SqlDeviceRemovals
from pairgrant_server.authorization_server.store.sql.grant_viewers import SqlGrantViewers
from pairgrant_server.authorization_server.store.sql.identities import SqlIdentities
from pairgrant_server.authorization_server.store.sql.initial_access_tokens import SqlInitialAccessTokens
from pairgrant_server.authorization_server.store.sql.notices import SqlNotices
from pairgrant_server.authorization_server.store.sql.sessions import SqlSessions
from pairgrant_server.authorization_server.store.sql.signing_keys import SqlSigningKeys
from pairgrant_server.authorization_server.store.sql.spent_identifiers import SqlSpentIdentifiers
from pairgrant_server.authorization_server.store.sql.upstreams import SqlUpstreams


class SqlStore:
    """Offers the methods of its parts, each bound once: a call through the store is the call of the part
    itself.

    The parts that devices call most are the engine's own; the others are the same SQL on both engines.
    """

    def __init__(  # noqa: PLR0915 - one statement for each method of the store
        self,
        database: Database,
        *,
        clients: ClientStore,
        users: UserStore,
        device_grants: DeviceGrantStore,
        connected_devices: ConnectedDeviceStore,
        attempts: AttemptStore,
        reports: ReportStore,
    ) -> None:
        self.add_client = clients.add_client
        self.client = clients.client
        self.clients = clients.clients
        self.replace_client = clients.replace_client
        self.remove_client = clients.remove_client

        self.add_user = users.add_user
        self.user = users.user
        self.user_by_name = users.user_by_name
        self.users = users.users
        self.set_user_locked = users.set_user_locked
        self.set_password_hash = users.set_password_hash
        self.renew_password_hash = users.renew_password_hash
        self.set_user_profile = users.set_user_profile
        self.set_user_locale = users.set_user_locale
        self.remove_user = users.remove_user

        self.insert_grant = device_grants.insert_grant
        self.grant = device_grants.grant
        self.polled_grant = device_grants.polled_grant
        self.redeemed_grant = device_grants.redeemed_grant
        self.grant_by_user_code = device_grants.grant_by_user_code
        self.decide_grant = device_grants.decide_grant
        self.redeem_grant = device_grants.redeem_grant
        self.cancel_grant = device_grants.cancel_grant
        self.use_grant_replay = device_grants.use_grant_replay
        self.set_grant_interval = device_grants.set_grant_interval
        self.set_grant_stage = device_grants.set_grant_stage

        self.add_connected_device = connected_devices.add_connected_device
        self.connected_device = connected_devices.connected_device
        self.refreshed_device = connected_devices.refreshed_device
        self.token_holder = connected_devices.token_holder
        self.connected_devices = connected_devices.connected_devices
        self.has_device_with_key = connected_devices.has_device_with_key
        self.rotate_refresh = connected_devices.rotate_refresh
        self.use_refresh_replay = connected_devices.use_refresh_replay
        self.revoke_device = connected_devices.revoke_device
        self.earlier_connections = connected_devices.earlier_connections
        self.confirm_device = connected_devices.confirm_device
        self.unconfirmed_devices = connected_devices.unconfirmed_devices

        removals = SqlDeviceRemovals(database)
        self.ask_removal = removals.ask_removal
        self.undo_removal = removals.undo_removal
        self.has_removed = removals.has_removed
        self.due_removals = removals.due_removals
        self.finish_removal = removals.finish_removal
        self.rename_device = removals.rename_device

        device_lists = SqlDeviceLists(database)
        self.device_page = device_lists.device_page
        self.device_origins = device_lists.device_origins
        self.add_device_event = device_lists.add_device_event
        self.device_events = device_lists.device_events

        self.spend_attempts = attempts.spend_attempts
        self.attempts = attempts.attempts

        authorization_grants = SqlAuthorizationGrants(database)
        self.insert_authorization = authorization_grants.insert_authorization
        self.authorization = authorization_grants.authorization
        self.decide_authorization = authorization_grants.decide_authorization
        self.redeem_authorization = authorization_grants.redeem_authorization

        consents = SqlConsents(database)
        self.put_consent = consents.put_consent
        self.consent = consents.consent
        self.remove_consent = consents.remove_consent

        spent_identifiers = SqlSpentIdentifiers(database)
        self.spend_identifier = spent_identifiers.spend_identifier
        self.is_spent = spent_identifiers.is_spent

        sessions = SqlSessions(database)
        self.add_session = sessions.add_session
        self.session = sessions.session
        self.set_session_upstream = sessions.set_session_upstream
        self.supersede_session = sessions.supersede_session
        self.remove_session = sessions.remove_session
        self.put_session_pairing = sessions.put_session_pairing
        self.session_pairings = sessions.session_pairings

        signing_keys = SqlSigningKeys(database)
        self.signing_keys = signing_keys.signing_keys
        self.add_signing_key = signing_keys.add_signing_key
        self.remove_signing_key = signing_keys.remove_signing_key

        initial_access_tokens = SqlInitialAccessTokens(database)
        self.add_initial_access_token = initial_access_tokens.add_initial_access_token
        self.initial_access_tokens = initial_access_tokens.initial_access_tokens
        self.use_initial_access_token = initial_access_tokens.use_initial_access_token
        self.remove_initial_access_token = initial_access_tokens.remove_initial_access_token

        upstreams = SqlUpstreams(database)
        self.put_upstream = upstreams.put_upstream
        self.upstreams = upstreams.upstreams
        self.remove_upstream = upstreams.remove_upstream

        defined_scopes = SqlDefinedScopes(database)
        self.put_defined_scope = defined_scopes.put_defined_scope
        self.defined_scopes = defined_scopes.defined_scopes
        self.remove_defined_scope = defined_scopes.remove_defined_scope

        identities = SqlIdentities(database)
        self.add_identity = identities.add_identity
        self.add_user_with_identity = identities.add_user_with_identity
        self.user_by_identity = identities.user_by_identity
        self.identities = identities.identities
        self.remove_identity = identities.remove_identity

        grant_viewers = SqlGrantViewers(database)
        self.add_grant_viewer = grant_viewers.add_grant_viewer
        self.grant_viewers = grant_viewers.grant_viewers

        device_keys = SqlDeviceKeys(database)
        self.put_device_key = device_keys.put_device_key
        self.device_key = device_keys.device_key
        self.device_keys = device_keys.device_keys
        self.remove_device_key = device_keys.remove_device_key

        self.end_pairing = reports.end_pairing
        self.reports_about = reports.reports_about
        self.has_reports = reports.has_reports
        self.reports = reports.reports
        self.lift_report = reports.lift_report
        self.outbox = reports.outbox

        notices = SqlNotices(database)
        self.notices = notices.notices
        self.add_notice = notices.add_notice
        self.remove_notice = notices.remove_notice
