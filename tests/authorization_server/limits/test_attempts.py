"""RFC 8628 §5.1: guessing is counted per account, per network and for the whole server."""

import pytest

from pairgrant_server.authorization_server.limits.attempts import Allowance
from tests.authorization_server.server_under_test import ServerUnderTest


class TestCodes:
    async def test_a_stranger_gets_twenty_guesses_then_signs_in(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        allowed = [await attempts.spend(network="192.0.2.7", user_id=None) for _ in range(21)]
        assert allowed == [Allowance.ALLOWED] * 20 + [Allowance.SIGN_IN_FIRST]

    async def test_strangers_everywhere_share_the_servers_budget(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        allowed = [await attempts.spend(network=f"192.0.2.{number}", user_id=None) for number in range(25)]
        assert allowed == [Allowance.ALLOWED] * 24 + [Allowance.SIGN_IN_FIRST]

    async def test_spent_budgets_of_strangers_do_not_stop_who_signed_in(
        self, server: ServerUnderTest
    ) -> None:
        attempts = server.parts.code_attempts
        for _ in range(100):
            await attempts.spend(network="192.0.2.7", user_id=None)
        assert await attempts.spend(network="192.0.2.7", user_id="u-alice") is Allowance.ALLOWED

    async def test_an_account_gets_ten_guesses_from_wherever(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        allowed = [
            await attempts.spend(network=f"192.0.2.{number}", user_id="u-alice") for number in range(11)
        ]
        assert allowed == [Allowance.ALLOWED] * 10 + [Allowance.REFUSED]

    async def test_one_network_with_many_accounts_is_stopped_in_the_end(
        self, server: ServerUnderTest
    ) -> None:
        attempts = server.parts.code_attempts
        allowed = [await attempts.spend(network="192.0.2.7", user_id=f"u-{number}") for number in range(201)]
        assert allowed == [Allowance.ALLOWED] * 200 + [Allowance.REFUSED]

    async def test_a_right_code_costs_nothing(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        for _ in range(50):
            assert await attempts.spend(network="192.0.2.7", user_id="u-alice") is Allowance.ALLOWED
            await attempts.give_back(network="192.0.2.7", user_id="u-alice")

    async def test_the_budget_comes_back_with_time(self, server: ServerUnderTest) -> None:
        attempts = server.parts.code_attempts
        for _ in range(21):
            await attempts.spend(network="192.0.2.7", user_id=None)
        server.clock.advance(1200)
        assert await attempts.spend(network="192.0.2.7", user_id=None) is Allowance.ALLOWED


class TestSignIns:
    async def test_a_name_gets_ten_passwords_from_one_network(self, server: ServerUnderTest) -> None:
        attempts = server.parts.sign_in_attempts
        allowed = [await attempts.spend(network="192.0.2.7", username="Alice") for _ in range(11)]
        assert allowed == [True] * 10 + [False]

    async def test_nobody_is_locked_out_from_elsewhere(self, server: ServerUnderTest) -> None:
        attempts = server.parts.sign_in_attempts
        for _ in range(100):
            await attempts.spend(network="192.0.2.7", username="alice")
        assert await attempts.spend(network="192.0.2.8", username="alice")


class TestManyNetworks:
    """Guesses at one account from everywhere are bounded, and can't lock its person out of a browser that is
    known.
    """

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

    async def test_together_they_get_a_hundred_passwords(self, server: ServerUnderTest) -> None:
        assert await self.flood(server, networks=30) == 100

    async def test_a_known_browser_has_its_own_budget_whatever_they_do(self, server: ServerUnderTest) -> None:
        await self.flood(server, networks=30)
        attempts = server.parts.sign_in_attempts
        assert not await attempts.spend(network="192.0.2.7", username="alice")
        known = [
            await attempts.spend(network="198.51.100.1", username="alice", browser="b1") for _ in range(11)
        ]
        assert known == [True] * 10 + [False], "from their very network, and no more than anyone"
        assert await attempts.spend(network="192.0.2.7", username="alice", browser="b2")

    async def test_one_network_can_not_spend_what_the_account_has(self, server: ServerUnderTest) -> None:
        await self.flood(server, networks=1, each=1000)
        assert await self.flood(server, networks=9) == 80

    async def test_another_account_is_not_concerned(self, server: ServerUnderTest) -> None:
        await self.flood(server, networks=30)
        assert await server.parts.sign_in_attempts.spend(network="192.0.2.7", username="bob")

    async def test_the_budget_comes_back_although_they_go_on(self, server: ServerUnderTest) -> None:
        for _ in range(3):
            assert await self.flood(server, networks=30) == 100
            server.clock.advance(1200)

    @pytest.mark.parametrize("written", ["ALICE", " alice ", "\uff21lice", "\U0001d41alice"])
    async def test_another_way_to_write_the_name_is_no_other_budget(
        self, server: ServerUnderTest, written: str
    ) -> None:
        await self.flood(server, networks=30)
        assert not await server.parts.sign_in_attempts.spend(network="192.0.2.7", username=written)

    async def test_a_right_password_costs_nothing(self, server: ServerUnderTest) -> None:
        attempts = server.parts.sign_in_attempts
        for number in range(300):
            where = {"network": f"192.0.2.{number % 250}", "username": "alice"}
            assert await attempts.spend(**where)
            await attempts.give_back(**where)
        for _ in range(30):
            assert await attempts.spend(network="192.0.2.7", username="alice", browser="b1")
            await attempts.give_back(network="192.0.2.7", username="alice", browser="b1")
