"""The guests of the app: the end of a sign-in after some time, and what the next guest may not see."""

import asyncio
from dataclasses import replace
from functools import partial

from textual import events

from pairgrant.device import Device
from pairgrant.kiosk_options import KioskOptions
from pairgrant.session.pending_revocations import pending_revocations
from pairgrant.session.sign_in_session import SignInSession
from pairgrant.sign_in.revoking import revoke_pending
from pairgrant.sign_in.unexpected_errors import again_after_errors
from pairgrant.translation import gettext
from pairgrant.tui import background
from pairgrant.tui.end_message import EndMessage
from pairgrant.tui.guest_rules import GuestRules
from pairgrant.tui.lock_app import LockApp
from pairgrant.tui.screens.guest_countdown import GuestCountdown
from pairgrant.tui.screens_app import Purpose


class GuestsApp(LockApp):
    """Signs a guest out in time, and lets the server revoke the tokens after the screen is clear."""

    def __init__(self, device: Device, purpose: Purpose, options: KioskOptions) -> None:
        super().__init__(device, purpose, options)
        self._guests = GuestRules(options.guest_idle, options.guest_until) if options.is_for_guests else None
        self._pending = pending_revocations(
            device.store, device.clock, issuer=device.settings.issuer, client_id=device.settings.client_id
        )
        self._taking: set[asyncio.Task[None]] = set()
        self._session_began_at: float | None = None
        self._countdown_ended = False
        self._pairs_after_sign_out = False

    async def settle(self) -> None:
        """Wait for a guest's sign-out to end, too."""
        await super().settle()
        await asyncio.gather(*self._taking, return_exceptions=True)

    def _takes(self, event: events.InputEvent) -> bool:
        """Whether the event is for no screen: it asks for the PIN, keeps a guest, or wakes the screen."""
        is_gesture = self._watch.note(event)
        only_wakes = self._wakes(event)
        if is_gesture and self._open_pin_panel():
            return True
        if isinstance(self.screen, GuestCountdown):
            if isinstance(event, events.Key | events.MouseDown):
                self._countdown_ended = True
                self._close_countdown()
            return True
        return only_wakes

    def look_after_people(self) -> None:
        """Close the panels that the PIN opened, and end the sign-in of a guest, in time."""
        self._close_old_panels()
        self._look_after_guest()

    def _look_after_guest(self) -> None:
        """Count down before the sign-in of a guest ends, and end it."""
        if self._guests is None or self._session is None:
            return
        clock = self._device.clock
        ending = self._guests.ending(
            idle=self._watch.idle, signed_in_at=self._signed_in_at(self._session), wall=clock.wall()
        )
        shown = next((screen for screen in self.screen_stack if isinstance(screen, GuestCountdown)), None)
        if ending.left <= 0:
            self._sign_guest_out(ending.why.value)
        elif ending.left > self._guests.countdown:
            self._countdown_ended = False
            self._close_countdown()
        elif shown is not None:
            shown.show(ending)
        elif self._staff_panel is None and not self._countdown_ended:
            self.push_screen(GuestCountdown(ending))

    def _signed_in_at(self, session: SignInSession) -> float:
        """When the person signed in, by the clock as it is set now if that was in this process."""
        if self._session_began_at is None:
            return session.tokens.signed_in_at or 0.0
        clock = self._device.clock
        return clock.wall() - (clock.now() - self._session_began_at)

    def _close_countdown(self) -> None:
        while any(isinstance(screen, GuestCountdown) for screen in self.screen_stack):
            self.pop_screen()

    @property
    def _others_may_sign_in(self) -> bool:
        return not self._options.lock or self._guests is not None

    def _sign_guest_out(self, why: str, *, pairs: bool = False) -> None:
        """Clear the screen, delete the tokens here, and let the server revoke them in the background."""
        session, self._session = self._session, None
        if session is None:
            return
        if self._device.journal is not None:
            self._device.journal.note("signed out", why)
        self._pairs_after_sign_out = pairs
        self._close_staff_panels()
        self._show(self._start_screen(gettext("Signed out.")))
        self.call_after_refresh(self._clear_scrollback)
        for group in ("sign-in", "refresh"):
            self.workers.cancel_group(self, group)
        taking = asyncio.create_task(
            background.take_tokens(self._device, self._pending, session, self.post_message)
        )
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)
        # Neither a key nor the end of the app cancels it.
        self.run_worker(asyncio.shield(taking), group="taking")

    def _clear_scrollback(self) -> None:
        if self._driver is not None and not self.is_headless:
            self._driver.write("\x1b[3J")

    def _revoke_pending(self) -> None:
        revoking = partial(revoke_pending, self._device, self._pending)
        self.run_worker(again_after_errors(self._device, revoking), group="revocations", exclusive=True)

    def _end(self, ending: EndMessage) -> None:
        """Show how it ended without the name of a guest, which is not for the next one."""
        if self._guests is not None and ending.end is not None:
            ending = replace(ending, end=replace(ending.end, name=None))
        super()._end(ending)
