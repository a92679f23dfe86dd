"""RFC 8628 §5.1: guessing is counted per account, per network and for the whole server."""

import pytest

from pairgrant_server.authorization_server.limits.attempts import Allowance
from tests.authorization_server.server_under_test import ServerUnderTest


class TestCodes:
    async def test_network_without_a_sign_in_gets_twenty_guesses(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        allowed = [await attempts.spend(network="192.0.2.7", user_id=None) for _ in range(21)]
        assert allowed == [Allowance.ALLOWED] * 20 + [Allowance.SIGN_IN_FIRST]

    async def test_networks_without_a_sign_in_share_the_servers_budget(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        allowed = [await attempts.spend(network=f"192.0.2.{number}", user_id=None) for number in range(25)]
        assert allowed == [Allowance.ALLOWED] * 24 + [Allowance.SIGN_IN_FIRST]

    async def test_spent_budgets_of_strangers_do_not_stop_an_account(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        for _ in range(100):
            await attempts.spend(network="192.0.2.7", user_id=None)
        assert await attempts.spend(network="192.0.2.7", user_id="u-alice") is Allowance.ALLOWED

    async def test_account_gets_ten_guesses_from_any_networks(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        allowed = [
            await attempts.spend(network=f"192.0.2.{number}", user_id="u-alice") for number in range(11)
        ]
        assert allowed == [Allowance.ALLOWED] * 10 + [Allowance.REFUSED]

    async def test_network_with_many_accounts_is_limited(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        allowed = [await attempts.spend(network="192.0.2.7", user_id=f"u-{number}") for number in range(201)]
        assert allowed == [Allowance.ALLOWED] * 200 + [Allowance.REFUSED]

    async def test_right_code_does_not_count(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        for _ in range(50):
            assert await attempts.spend(network="192.0.2.7", user_id="u-alice") is Allowance.ALLOWED
            await attempts.give_back(network="192.0.2.7", user_id="u-alice")

    async def test_budget_for_codes_recovers_with_time(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        for _ in range(21):
            await attempts.spend(network="192.0.2.7", user_id=None)
        server.clock.advance(1200)
        assert await attempts.spend(network="192.0.2.7", user_id=None) is Allowance.ALLOWED


class TestSignIns:
    async def test_name_gets_ten_passwords_from_one_network(self, server: ServerUnderTest) -> None:
        attempts = server.parts.sign_in_attempts
        allowed = [await attempts.spend(network="192.0.2.7", username="Alice") for _ in range(11)]
        assert allowed == [True] * 10 + [False]

    async def test_attempts_from_one_network_lock_no_one_out_elsewhere(self, server: ServerUnderTest) -> None:
        attempts = server.parts.sign_in_attempts
        for _ in range(100):
            await attempts.spend(network="192.0.2.7", username="alice")
        assert await attempts.spend(network="192.0.2.8", username="alice")


class TestManyNetworks:
    """Guesses at one account from everywhere are bounded, and can't lock a person out of a known browser."""

    @staticmethod
    async def flood(
        server: ServerUnderTest, *, networks: int, each: int = 10, username: str = "alice"
    ) -> int:
        attempts = server.parts.sign_in_attempts
        return sum(
            [
                await attempts.spend(network=f"198.51.100.{number}", username=username)
                for number in range(networks)
                for _ in range(each)
            ]
        )

    async def test_many_networks_together_get_a_hundred_passwords(self, server: ServerUnderTest) -> None:
        assert await self.flood(server, networks=30) == 100

    async def test_known_browser_has_its_own_budget_whatever_strangers_do(
        self, server: ServerUnderTest
    ) -> None:
        await self.flood(server, networks=30)
        attempts = server.parts.sign_in_attempts
        assert not await attempts.spend(network="192.0.2.7", username="alice")
        known = [
            await attempts.spend(network="198.51.100.1", username="alice", browser="b1") for _ in range(11)
        ]
        assert known == [True] * 10 + [False], "from their very network, and no more than anyone"
        assert await attempts.spend(network="192.0.2.7", username="alice", browser="b2")

    async def test_one_network_can_not_spend_the_budget_of_an_account(self, server: ServerUnderTest) -> None:
        await self.flood(server, networks=1, each=1000)
        assert await self.flood(server, networks=9) == 80

    async def test_spent_budget_of_one_account_does_not_affect_another(self, server: ServerUnderTest) -> None:
        await self.flood(server, networks=30)
        assert await server.parts.sign_in_attempts.spend(network="192.0.2.7", username="bob")

    async def test_budget_of_an_account_recovers_although_attempts_go_on(
        self, server: ServerUnderTest
    ) -> None:
        for _ in range(3):
            assert await self.flood(server, networks=30) == 100
            server.clock.advance(1200)

    @pytest.mark.parametrize("written", ["ALICE", " alice ", "\uff21lice", "\U0001d41alice"])
    async def test_other_spelling_of_a_name_has_no_budget_of_its_own(
        self, server: ServerUnderTest, written: str
    ) -> None:
        await self.flood(server, networks=30)
        assert not await server.parts.sign_in_attempts.spend(network="192.0.2.7", username=written)

    async def test_right_password_does_not_count(self, server: ServerUnderTest) -> None:
        attempts = server.parts.sign_in_attempts
        for number in range(300):
            where = {"network": f"192.0.2.{number % 250}", "username": "alice"}
            assert await attempts.spend(**where)
            await attempts.give_back(**where)
        for _ in range(30):
            assert await attempts.spend(network="192.0.2.7", username="alice", browser="b1")
            await attempts.give_back(network="192.0.2.7", username="alice", browser="b1")
