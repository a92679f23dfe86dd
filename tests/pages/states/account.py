"""The pages of a person's account: connected devices, and the board of notices."""

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.records import ConnectedDevice
from pairgrant_server.resource_server.notice_boards import MAX_NOTICES
from tests.pages.site_under_test import SCOPE
from tests.pages.states.registry import state
from tests.pages.states.world import HERE, IN_MILAN, LONG_NAME, World

DAY = 86_400


async def add_devices(world: World, count: int) -> None:
    user, now = await world.site.user("alice"), world.site.clock.now
    for number in range(count):
        device = ConnectedDevice(
            f"{number:032x}",
            user.user_id,
            "lobby-tv",
            tuple(SCOPE.split()),
            ("", "Kitchen tablet", LONG_NAME, f"Screen {number}")[number % 4],
            (HERE, IN_MILAN)[number % 2],
            now - number * DAY,
            now - number * 5000,
            now - number * DAY,
            now + 90 * DAY,
            grant_type=(GrantType.DEVICE_CODE, GrantType.AUTHORIZATION_CODE)[number % 10 == 9],
        )
        await world.site.backend.store.add_connected_device(device)


@state("devices-none")
async def no_devices(world: World) -> None:
    await world.show(await world.signed_in(), "/devices")


@state("devices-one")
async def one_device(world: World) -> None:
    person, _ = await world.connected(device_name="Reception screen")
    await world.show(person, "/devices")


@state("devices-four")
async def four_devices(world: World) -> None:
    await add_devices(world, 4)
    await world.show(await world.signed_in(), "/devices")


@state("devices-fifty")
async def fifty_devices(world: World) -> None:
    await add_devices(world, 50)
    await world.show(await world.signed_in(), "/devices")


@state("account")
async def account(world: World) -> None:
    await world.show(await world.signed_in(), "/account")


@state("account-saved")
async def saved_account(world: World) -> None:
    await world.show(await world.signed_in(), "/account")
    async with world.tab.expect_navigation():
        await world.tab.locator('form[action="/account"] button').click()


@state("devices-five-hundred")
async def many_devices(world: World) -> None:
    await add_devices(world, 500)
    await world.show(await world.signed_in(), "/devices?group=kind&page=3")


@state("devices-found-none")
async def no_device_found(world: World) -> None:
    await add_devices(world, 5)
    await world.show(await world.signed_in(), "/devices?q=nothing")


@state("devices-removing")
async def device_being_removed(world: World) -> None:
    await add_devices(world, 4)
    await world.show(await world.signed_in(), "/devices")
    await world.send("/devices/remove")


@state("devices-removing-all")
async def all_being_removed(world: World) -> None:
    await add_devices(world, 4)
    await world.show(await world.signed_in(), "/devices/remove-all")
    await world.send("/devices/remove-all")


@state("devices-kept")
async def removal_undone(world: World) -> None:
    await device_being_removed(world)
    await world.send("/devices/undo")


@state("devices-remove-all")
async def question_about_all(world: World) -> None:
    await add_devices(world, 50)
    await world.show(await world.signed_in(), "/devices/remove-all")


@state("devices-one-page")
async def page_of_one(world: World) -> None:
    await add_devices(world, 4)
    await world.show(await world.signed_in(), f"/devices/{2:032x}")


@state("devices-one-named")
async def named_device(world: World) -> None:
    await page_of_one(world)
    await world.send("/devices/rename", name=LONG_NAME[:60])


@state("devices-one-bad-name")
async def unusable_name(world: World) -> None:
    await page_of_one(world)
    await world.send("/devices/rename", name="\u200b")


@state("devices-one-ended")
async def ended_device(world: World) -> None:
    person, _ = await world.connected(device_name="Reception screen")
    await person.open("/devices")
    device_id = person.forms()["/devices/remove"]["device_id"]
    await person.submit("/devices/remove")
    world.site.clock.now += 60
    await world.show(person, f"/devices/{device_id}")


@state("board-empty")
async def empty_board(world: World) -> None:
    await world.show(await world.signed_in(), "/board")


@state("board")
async def board(world: World) -> None:
    await add_devices(world, 4)
    user = await world.site.user("alice")
    for text in ("Please ring the bell", "Back at three", "W" * 200):
        await world.site.backend.board.post(user.user_id, text)
        world.site.clock.now += 4000
    await world.show(await world.signed_in(), "/board")


@state("board-full")
async def full_board(world: World) -> None:
    user = await world.site.user("alice")
    for number in range(MAX_NOTICES):
        await world.site.backend.board.post(user.user_id, f"Notice {number}")
    await world.show(await world.signed_in(), "/board")
    await world.send("/board/add", text="One more")


@state("board-unusable-text")
async def unusable_text(world: World) -> None:
    await world.show(await world.signed_in(), "/board")
    await world.send("/board/add", text="   ")
