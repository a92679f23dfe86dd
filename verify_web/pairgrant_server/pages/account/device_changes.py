"""What a person changes about their connected devices: each POST leads back to the page that it came from."""

from collections.abc import Mapping

from starlette.responses import Response

from pairgrant_server.authorization_server.tokens.device_history import DeviceNameError, checked_name
from pairgrant_server.pages.account.connected_devices import SIGN_IN
from pairgrant_server.pages.account.list_request import LIST_FIELD, list_path
from pairgrant_server.pages.site.flash import Flash
from pairgrant_server.pages.site.out_of_date import SEND_AGAIN
from pairgrant_server.pages.site.page_request import PageRequest
from pairgrant_server.translation import Translatable

_GONE = Translatable("That device was no longer connected, so there was nothing to change.")
_TOO_LATE = Translatable("That was too late: the removal had already taken effect.")
_KEPT = Translatable("Nothing was removed.")
_CHANGED = Translatable("The name was changed in the meantime. Check it, and save it again.")
_NAMED = Translatable("The name was saved.")
_UNNAMED = Translatable("Your name for the device was removed.")

_SECOND_TAP = 60
"""Seconds in which a removal of the same device is the same removal."""


async def remove(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /devices/remove: remove a device in ten seconds."""
    user_id, device_id = request.session.user_id, form.get("device_id", "")
    if user_id is None:
        return request.redirect(SIGN_IN)
    if not await request.site.removals.ask(user_id, device_id):
        device = await request.site.devices.device(device_id)
        if device is None or device.user_id != user_id or device.has_ended(request.site.clock()):
            return _to_list(request, form, _GONE)
    return request.redirect(f"{list_path(form.get(LIST_FIELD, ''))}#device-{device_id}")


async def revoke(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /devices/revoke: remove a device at once; without ``device_id`` all that are being removed."""
    user_id, device_id = request.session.user_id, form.get("device_id")
    if user_id is None:
        return request.redirect(SIGN_IN)
    if device_id is None:
        await request.site.removals.finish_now(user_id)
    elif not await request.site.removals.remove_now(user_id, device_id):
        return _to_list(request, form, None if await _was_just_removed(request, device_id) else _GONE)
    return _to_list(request, form)


async def undo(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /devices/undo: keep a device; without ``device_id`` all that are being removed."""
    user_id, device_id = request.session.user_id, form.get("device_id")
    if user_id is None:
        return request.redirect(SIGN_IN)
    is_undone = await request.site.removals.undo(user_id, device_id)
    if device_id is None and await request.site.removals.has_removed(user_id, _SECOND_TAP):
        return _to_list(request, form, None if is_undone else _TOO_LATE)  # some were kept, others were not
    if not is_undone:  # a second tap finds nothing more to undo
        connected = await request.site.devices.of_user(user_id)
        is_undone = any(device_id in {None, device.device_id} for device in connected)
    return _to_list(request, form, _KEPT if is_undone else _TOO_LATE)


async def remove_all(request: PageRequest, form: Mapping[str, str]) -> Response:  # noqa: ARG001 - no fields
    """POST /devices/remove-all: remove every device in ten seconds."""
    user_id = request.session.user_id
    if user_id is None:
        return request.redirect(SIGN_IN)
    await request.site.removals.ask(user_id, None)
    return request.redirect("/devices")


async def rename(request: PageRequest, form: Mapping[str, str]) -> Response:
    """POST /devices/rename: the person's own name for a device; ``was`` is the one that the form showed."""
    user_id, device_id, name = request.session.user_id, form.get("device_id", ""), form.get("name", "")
    if user_id is None:
        return request.redirect(SIGN_IN)
    device = await request.site.devices.device(device_id)
    if device is None or device.user_id != user_id or device.has_ended(request.site.clock()):
        return request.redirect("/devices", Flash(notice=_GONE))
    path = f"/devices/{device_id}"
    try:
        wanted = checked_name(name)
    except DeviceNameError as error:
        return request.redirect(path, Flash(error=error.text, typed={"name": name}))
    before = form.get("was", "")
    if not await request.site.device_history.rename(user_id, device_id, wanted, before=before):
        device = await request.site.devices.device(device_id)
        if device is None or (device.given_name or "") != wanted:  # else a second tap
            return request.redirect(path, Flash(error=_CHANGED, typed={"name": name}))
    return request.redirect(path, Flash(notice=_NAMED if wanted else _UNNAMED))


async def rename_again(request: PageRequest, form: Mapping[str, str]) -> Response:
    """The response to a name from another session: the form comes again with what was typed."""
    user_id, device_id = request.session.user_id, form.get("device_id", "")
    if user_id is None:
        return request.redirect(SIGN_IN)
    device = await request.site.devices.device(device_id)
    if device is None or device.user_id != user_id:
        return request.redirect("/devices", Flash(notice=_GONE))
    again = Flash(notice=SEND_AGAIN, typed={"name": form.get("name", "")})
    return request.redirect(f"/devices/{device.device_id}", again)


async def _was_just_removed(request: PageRequest, device_id: str) -> bool:
    """Whether the first of two taps has removed this device of the person's."""
    device = await request.site.devices.device(device_id)
    if device is None or device.user_id != request.session.user_id:
        return False
    ended_at = device.remove_at if device.revoked_at is None else device.revoked_at
    return ended_at is not None and 0 <= request.site.clock() - ended_at < _SECOND_TAP


def _to_list(request: PageRequest, form: Mapping[str, str], notice: str | None = None) -> Response:
    path = list_path(form.get(LIST_FIELD, ""))
    return request.redirect(path, None if notice is None else Flash(notice=notice))
