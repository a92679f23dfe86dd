"""The accounts of people: sign-in, step (D), and what an operator can change."""

import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from pairgrant_protocol.secret import Secret
from pairgrant_protocol.visible_text import visible
from pairgrant_server.accounts.account_error import AccountError
from pairgrant_server.accounts.password_rules import LEAST_RULES, PasswordRules
from pairgrant_server.accounts.passwords import Passwords
from pairgrant_server.authorization_server.clock import Clock
from pairgrant_server.authorization_server.limits.sign_in_attempts import SignInAttempt
from pairgrant_server.authorization_server.model.records import User
from pairgrant_server.authorization_server.store.interface.users import UserStore
from pairgrant_server.time_zones import UnknownTimeZoneError, time_zone_of
from pairgrant_server.translation import languages

__all__ = ["AccountError", "People", "checked_locale", "checked_profile", "checked_username"]

log = structlog.get_logger()

_MAX_USERNAME = 64
_MAX_DISPLAY_NAME = 80
_MAX_EMAIL = 254


def _random_user_id() -> str:
    return secrets.token_hex(16)


class People:
    """The accounts, and the one place where a username and password are verified."""

    def __init__(
        self,
        store: UserStore,
        passwords: Passwords,
        clock: Clock,
        rules: PasswordRules = LEAST_RULES,
        new_user_id: Callable[[], str] = _random_user_id,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._rules = rules
        self._new_user_id = new_user_id

    async def add(
        self,
        username: str,
        password: Secret | None,
        display_name: str | None = None,
        email: str | None = None,
        *,
        language: str | None = None,
        time_zone: str | None = None,
    ) -> User:
        """Add an account; without a password it can't be used for a password sign-in.

        Raises:
            AccountError: an invalid username, password, name, address, language or time zone, or a username
                that is taken.
        """
        username = checked_username(username)
        name, email = checked_profile(display_name or username, email)
        language, time_zone = checked_locale(language, time_zone)
        password_hash = ""
        if password is not None:
            self._rules.check(username, password)
            password_hash = await self._passwords.hash(password)
        user = User(
            user_id=self._new_user_id(),
            username=username,
            password_hash=password_hash,
            created_at=self._clock(),
            display_name=name,
            email=email,
            language=language,
            time_zone=time_zone,
        )
        if not await self._store.add_user(user):
            raise AccountError(f"The username {username} is taken. Choose another one.")
        return user

    async def user(self, user_id: str) -> User | None:
        return await self._store.user(user_id)

    async def user_by_name(self, username: str) -> User | None:
        """The account with this username, compared without case."""
        return await self._store.user_by_name(_normalized(username))

    async def users(self) -> Sequence[User]:
        return await self._store.users()

    @staticmethod
    def key(username: str) -> str:
        """The form in which two usernames are compared."""
        return _normalized(username).casefold()

    async def set_profile(self, username: str, display_name: str, email: str | None) -> bool:
        """Change a person's display name and e-mail address; False if there is no such user.

        Raises:
            AccountError: an invalid name or address.
        """
        name, email = checked_profile(display_name, email)
        user = await self.user_by_name(username)
        return user is not None and await self._store.set_user_profile(user.user_id, name, email)

    async def set_locale(self, user_id: str, language: str | None, time_zone: str | None) -> bool:
        """Change the language and time zone of the pages for a person; False if there is no such user.

        Raises:
            AccountError: an unknown language or time zone.
        """
        return await self._store.set_user_locale(user_id, *checked_locale(language, time_zone))

    async def set_language(self, user: User, language: str) -> bool:
        """Change the language alone; the time zone stays, also one that is not known any more.

        Raises:
            AccountError: an unknown language.
        """
        return await self._store.set_user_locale(
            user.user_id, checked_locale(language, None)[0], user.time_zone
        )

    async def set_locked(self, username: str, *, locked: bool) -> bool:
        """Lock or unlock an account; False if there is no such user.

        A locked account can't sign in, its browser sessions end, and its tokens are rejected while it is
        locked.
        """
        user = await self.user_by_name(username)
        return user is not None and await self._store.set_user_locked(user.user_id, locked=locked)

    async def set_password(self, username: str, password: Secret, *, keep_devices: bool = False) -> bool:
        """Set a new password; False if there is no such user.

        In the same transaction all browser sessions of the account end and, unless ``keep_devices``, all
        tokens of its devices and all approvals that no device has redeemed.

        Raises:
            AccountError: a password that is not allowed.
        """
        user = await self.user_by_name(username)
        if user is None:
            return False
        self._rules.check(user.username, password)
        password_hash = await self._passwords.hash(password)
        end = None if keep_devices else self._clock()
        changed = await self._store.set_password_hash(user.user_id, password_hash, connections_end=end)
        if changed and not keep_devices:
            log.info("connected devices revoked", user_id=user.user_id, reason="password")
        return changed

    async def remove(self, username: str) -> bool:
        """Remove an account, its sessions, connected devices and notices; False if there is no such user."""
        user = await self.user_by_name(username)
        return user is not None and await self._store.remove_user(user.user_id)

    async def sign_in(
        self, username: str, password: Secret, attempt: SignInAttempt | None = None
    ) -> User | None:
        """The user, or None if unknown, locked or the password is wrong; each takes the same time.

        ``attempt`` is the sign-in's place among others, if it comes from a browser.

        Raises:
            PasswordsBusyError
        """
        while True:
            user = await self.user_by_name(username) if len(username) <= _MAX_USERNAME else None
            if not await self._passwords.verify(user, password, attempt) or user is None:
                return None
            if not self._passwords.is_outdated(user):
                return user
            renewed = await self._passwords.hash(password)
            if await self._store.renew_password_hash(user.user_id, user.password_hash, renewed):
                return replace(user, password_hash=renewed)
            # Another sign-in has updated the hash, or the password was changed: verify again.


def _normalized(username: str) -> str:
    return unicodedata.normalize("NFKC", username).strip()


def checked_username(username: str) -> str:
    """``username`` as it is stored.

    Raises:
        AccountError: empty, too long, or with spaces or invisible characters.
    """
    name = _normalized(username)
    if not name or len(name) > _MAX_USERNAME or visible(name) != name or any(map(str.isspace, name)):
        raise AccountError(f"A username needs 1 to {_MAX_USERNAME} visible characters without spaces.")
    return name


def checked_profile(display_name: str, email: str | None) -> tuple[str, str | None]:
    """A display name and an e-mail address as they are stored; an empty address becomes None.

    Raises:
        AccountError: one of them is invalid.
    """
    return _checked_display_name(display_name), _checked_email(email)


def checked_locale(language: str | None, time_zone: str | None) -> tuple[str | None, str | None]:
    """A language of the pages and a time zone as they are stored; empty ones become None.

    Raises:
        AccountError: one of them is unknown.
    """
    if language and language not in languages():
        raise AccountError(f"The language is one of {', '.join(languages())}.")
    if time_zone:
        try:
            time_zone_of(time_zone)
        except UnknownTimeZoneError as error:
            raise AccountError(f"The time zone is {error}.") from None
    return language or None, time_zone or None


def _checked_display_name(display_name: str) -> str:
    name = " ".join(display_name.split())
    if not name or len(name) > _MAX_DISPLAY_NAME or visible(name) != name:
        raise AccountError(f"A display name needs 1 to {_MAX_DISPLAY_NAME} visible characters.")
    return name


def _checked_email(email: str | None) -> str | None:
    if not email:
        return None
    local_part, at, domain = email.rpartition("@")
    if (
        not (local_part and at and domain)
        or len(email) > _MAX_EMAIL
        or visible(email, limit=_MAX_EMAIL) != email
    ):
        raise AccountError("That is not an e-mail address. Write it like name@example.org.")
    if any(map(str.isspace, email)):
        raise AccountError("An e-mail address can't contain spaces.")
    return email
