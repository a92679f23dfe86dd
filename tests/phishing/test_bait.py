"""Text that an attacker chooses: the name of a device, and that of a client that registers itself."""

import pytest

from tests.phishing.outcomes import row
from tests.phishing.person import Reached
from tests.phishing.rehearsal import POLICIES, World, rehearsal
from tests.phishing.sending_device import SAYS_ALL, SCOPE

pytestmark = pytest.mark.asyncio(loop_scope="session")

REGISTERED = [policy for policy in POLICIES if policy != "open"]
NOT_THERE = "\N{EN DASH}"

BAIT = "Approve or call +1 800 555 0100, help@prizes.example"


@pytest.mark.parametrize("policy", POLICIES)
async def test_device_name_as_bait_is_a_quotation_without_addresses(world: World, policy: str) -> None:
    async with rehearsal(world, policy, SAYS_ALL) as stage:
        stage.attackers_device_is_at(stage.network)
        stage.attacker.name = BAIT
        if not stage.attacker.start().is_success:
            assert row("device_name_as_bait")[policy] == "can't start"
            return
        person = await stage.person()
        person.code = stage.attacker.user_code
        await person.page.goto(f"{world.service.url}/device")
        assert await person.goes_along(decides=False) is Reached.QUESTION

        assert row("device_name_as_bait")[policy] == "harmless text"
        assert "it calls itself “approve or call" in person.read
        assert ("555" in person.read, "prizes" in person.read) == (False, False)
        headings = await person.page.get_by_role("heading").all_inner_texts()
        assert [heading for heading in headings if "Approve" in heading] == []


class TestSelfRegisteredClients:
    """They register with an initial access token that carries the rules of a column."""

    def token(self, world: World, policy: str) -> str:
        made = world.service.command(
            *("registration-token", "add", f"for {policy}", "--uses", "9", "--scope", SCOPE),
            *("--grant", "device_code", "--grant", "refresh_token", *POLICIES[policy]),
        )
        assert made.returncode == 0, made
        return made.stdout.strip()

    def registers(self, world: World, token: str, name: str) -> tuple[int, dict[str, str]]:
        response = world.http.post(
            f"{world.service.url}/register",
            json={
                "client_name": name,
                "token_endpoint_auth_method": "none",
                "grant_types": ["urn:ietf:params:oauth:grant-type:device_code"],
                "scope": "openid",
            },
            headers={"Authorization": f"Bearer {token}", "X-Forwarded-For": world.new_network()},
        )
        return response.status_code, response.json()

    async def test_none_can_be_below_standard(self, world: World) -> None:
        made = world.service.command(
            "registration-token", "add", "for open", "--grant", "device_code", *POLICIES["open"]
        )
        assert made.returncode != 0
        assert row("look_alike_client")["open"] == NOT_THERE

    @pytest.mark.parametrize("policy", REGISTERED)
    @pytest.mark.parametrize("name", ["Lobby TV", "L0bby  TV", "Lоbby TV"])  # noqa: RUF001 - the last has a Cyrillic o
    async def test_name_that_looks_like_a_known_one_is_refused(
        self, world: World, policy: str, name: str
    ) -> None:
        status, answer = self.registers(world, self.token(world, policy), name)

        assert (status, answer["error"]) == (400, "invalid_client_metadata")

    @pytest.mark.parametrize("policy", REGISTERED)
    async def test_other_name_is_shown_as_unchecked(self, world: World, policy: str) -> None:
        status, client = self.registers(world, self.token(world, policy), "Prize wheel")
        assert status == 201, client
        async with rehearsal(world, policy, SAYS_ALL) as stage:
            stage.attackers_device_is_at(stage.network)
            stage.attacker.client_id, stage.attacker.scope = client["client_id"], "openid"
            if not stage.attacker.start().is_success:
                assert row("look_alike_client")[policy] == "can't start"
                return
            person = await stage.person()
            person.code = stage.attacker.user_code
            await person.page.goto(f"{world.service.url}/device")
            await person.goes_along(decides=False)

            assert row("look_alike_client")[policy] == "harmless text"
            assert "was not checked by" in person.read
