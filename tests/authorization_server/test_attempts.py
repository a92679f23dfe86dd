"""RFC 8628 §5.1: guessing is counted per account, per network and for the whole server."""

from typing import Any

import pytest

from verify_web.authorization_server.attempts import Allowance, network_of

Server = Any  # the fixture of conftest.py


class TestCodes:
    async def test_a_stranger_gets_twenty_guesses_then_signs_in(self, server: Server) -> None:
        attempts = server.parts.code_attempts
        allowed = [await attempts.spend(network="192.0.2.7", user_id=None) for _ in range(21)]
        assert allowed == [Allowance.ALLOWED] * 20 + [Allowance.SIGN_IN_FIRST]

    async def test_strangers_everywhere_share_the_servers_budget(self, server: Server) -> None:
        attempts = server.parts.code_attempts
        allowed = [await attempts.spend(network=f"192.0.2.{number}", user_id=None) for number in range(25)]
        assert allowed == [Allowance.ALLOWED] * 24 + [Allowance.SIGN_IN_FIRST]

    async def test_spent_budgets_of_strangers_do_not_stop_who_signed_in(self, server: Server) -> None:
        attempts = server.parts.code_attempts
        for _ in range(100):
            await attempts.spend(network="192.0.2.7", user_id=None)
        assert await attempts.spend(network="192.0.2.7", user_id="u-alice") is Allowance.ALLOWED

    async def test_an_account_gets_ten_guesses_from_wherever(self, server: Server) -> None:
        attempts = server.parts.code_attempts
        allowed = [
            await attempts.spend(network=f"192.0.2.{number}", user_id="u-alice") for number in range(11)
        ]
        assert allowed == [Allowance.ALLOWED] * 10 + [Allowance.REFUSED]

    async def test_one_network_with_many_accounts_is_stopped_in_the_end(self, server: Server) -> None:
        attempts = server.parts.code_attempts
        allowed = [await attempts.spend(network="192.0.2.7", user_id=f"u-{number}") for number in range(201)]
        assert allowed == [Allowance.ALLOWED] * 200 + [Allowance.REFUSED]

    async def test_a_right_code_costs_nothing(self, server: Server) -> None:
        attempts = server.parts.code_attempts
        for _ in range(50):
            assert await attempts.spend(network="192.0.2.7", user_id="u-alice") is Allowance.ALLOWED
            await attempts.give_back(network="192.0.2.7", user_id="u-alice")

    async def test_the_budget_comes_back_with_time(self, server: Server) -> None:
        attempts = server.parts.code_attempts
        for _ in range(21):
            await attempts.spend(network="192.0.2.7", user_id=None)
        server.clock.advance(1200)
        assert await attempts.spend(network="192.0.2.7", user_id=None) is Allowance.ALLOWED


class TestSignIns:
    async def test_a_name_gets_ten_passwords_from_one_network(self, server: Server) -> None:
        attempts = server.parts.sign_in_attempts
        allowed = [await attempts.spend(network="192.0.2.7", username="Alice") for _ in range(11)]
        assert allowed == [True] * 10 + [False]

    async def test_nobody_is_locked_out_from_elsewhere(self, server: Server) -> None:
        attempts = server.parts.sign_in_attempts
        for _ in range(100):
            await attempts.spend(network="192.0.2.7", username="alice")
        assert await attempts.spend(network="192.0.2.8", username="alice")


class TestNetworks:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/56"),
            ("unknown", "unknown"),
        ],
    )
    def test_a_network_is_what_one_subscriber_holds(self, address: str, network: str) -> None:
        assert network_of(address) == network
