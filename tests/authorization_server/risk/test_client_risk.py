"""The risk assessment of a client: its mitigations, what an attacker can still do, and what helps next."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from pairgrant_protocol.vocabulary import GrantType
from pairgrant_server.authorization_server.model.client_policy import ClientPolicy, ProfileName
from pairgrant_server.authorization_server.model.records import Client
from pairgrant_server.authorization_server.model.settings import ServerSettings
from pairgrant_server.authorization_server.risk.attacks import Outcome
from pairgrant_server.authorization_server.risk.mitigations import MITIGATIONS, State
from pairgrant_server.authorization_server.risk.report import ClientRisk, Offer, risk_of

SETTINGS = ServerSettings("https://pair.example")
DEVICE = frozenset({GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN})
OUTSIDE = ("sent_before", "made_on_click", "live_relay", "code_for_many")


def risk(grant_types: frozenset[GrantType] = DEVICE, **policy: Any) -> ClientRisk:
    return risk_of(Client("tv", "TV", grant_types, ("openid",), 0.0, policy=ClientPolicy(**policy)), SETTINGS)


def outcomes(**policy: Any) -> dict[str, Outcome]:
    return {attack.attack_id: outcome for attack, outcome in risk(**policy).attacks}


def states(**policy: Any) -> dict[int, State]:
    return {mitigation.number: state for mitigation, state in risk(**policy).mitigations}


def test_each_of_the_17_mitigations_has_a_limit() -> None:
    assert [one.number for one in MITIGATIONS] == list(range(1, 18))
    assert all(one.name and one.does and one.limit and one.effects for one in MITIGATIONS)


@pytest.mark.parametrize("profile", get_args(ProfileName))
def test_what_only_people_and_mail_filters_do_is_not_possible_under_any_profile(profile: ProfileName) -> None:
    found = states(profile=profile)
    assert [number for number, state in found.items() if state is State.NOT_POSSIBLE] == [5, 13]


@pytest.mark.parametrize(
    ("profile", "on"),
    [
        ("open", [2, 3, 6, 11, 14]),
        ("standard", [1, 2, 3, 4, 6, 11, 14]),
        ("strict", [1, 2, 3, 4, 6, 11, 14]),
        ("managed", [1, 2, 3, 4, 6, 7, 11, 12, 14, 15]),
    ],
)
def test_mitigations_of_each_profile(profile: ProfileName, on: list[int]) -> None:
    assert [number for number, state in states(profile=profile).items() if state is State.ON] == on


@pytest.mark.parametrize(
    ("number", "policy"),
    [
        (1, {"profile": "open", "requires_same_network": True}),
        (1, {"profile": "open", "number_match": "auto"}),
        (7, {"enrolled_keys": ("k" * 43,)}),
        (8, {"trusted_networks": ("192.0.2.0/24",)}),
        (9, {"strong_scope": ("openid",)}),
        (10, {"weak_connection_lifetime": 86_400}),
        (10, {"connection_lifetime": 86_400}),
        (12, {"requires_dpop": True}),
        (12, {"enrolled_keys": ("k" * 43,)}),
        (15, {"enrolled_keys": ("k" * 43,)}),
        (15, {"requires_known_device": True}),
        (16, {"requires_return_pin": True}),
        (17, {"requires_device_label": True}),
    ],
)
def test_rule_switches_its_mitigation_on(number: int, policy: dict[str, Any]) -> None:
    assert states(profile="open")[number] is State.OFF
    assert states(**policy)[number] is State.ON


def test_long_device_codes_and_missing_limits_are_off() -> None:
    assert states(device_code_lifetime=1800)[2] is State.OFF
    client = Client("tv", "TV", DEVICE, ("openid",), 0.0)
    found = risk_of(client, replace(SETTINGS, device_authorizations_per_address=0)).mitigations
    assert {one.number: state for one, state in found}[11] is State.OFF


class TestAttacks:
    def test_every_attack_succeeds_under_open(self) -> None:
        assert set(outcomes(profile="open").values()) == {Outcome.SUCCEEDS}

    def test_standard_holds_devices_that_leave_the_number_out(self) -> None:
        found = outcomes(profile="standard")
        assert {found[attack] for attack in OUTSIDE} == {Outcome.HELD}
        assert found["relay_on_shared_network"] is Outcome.SUCCEEDS

    def test_required_number_leaves_the_attacks_that_pass_it_on(self) -> None:
        found = outcomes(profile="standard", number_match="required")
        assert found["sent_before"] is found["made_on_click"] is Outcome.NEEDS_DIGITS
        assert found["live_relay"] is Outcome.HELD

    def test_strict_refuses_every_attack_from_another_network(self) -> None:
        found = outcomes(profile="strict")
        assert {found[attack] for attack in OUTSIDE} == {Outcome.FAILS}
        assert found["relay_on_shared_network"] is Outcome.SUCCEEDS

    @pytest.mark.parametrize(
        "policy", [{"profile": "managed"}, {"requires_known_device": True}, {"enrolled_keys": ("k" * 43,)}]
    )
    def test_attacker_s_own_device_can_not_start_where_a_key_is_required(
        self, policy: dict[str, Any]
    ) -> None:
        assert set(outcomes(**policy).values()) == {Outcome.FAILS}

    @pytest.mark.parametrize(
        "policy",
        [
            {"trusted_networks": ("192.0.2.0/24",)},
            {"requires_same_network": True},
            {"profile": "managed", "trusted_networks": ("192.0.2.0/24",), "enrolled_keys": ("k" * 43,)},
        ],
    )
    def test_network_rules_leave_the_attacker_who_is_inside(self, policy: dict[str, Any]) -> None:
        found = outcomes(**policy)
        assert {found[attack] for attack in OUTSIDE} == {Outcome.FAILS}
        assert found["relay_on_shared_network"] is Outcome.SUCCEEDS

    def test_return_pin_stops_the_attacks_without_contact(self) -> None:
        found = outcomes(profile="open", requires_return_pin=True)
        assert found["sent_before"] is found["code_for_many"] is Outcome.NEEDS_DIGITS
        assert found["live_relay"] is Outcome.SUCCEEDS


class TestOffer:
    @pytest.mark.parametrize(
        ("policy", "offer"),
        [
            ({"profile": "open"}, Offer.NO),
            ({"profile": "standard"}, Offer.WITH_CARE),
            ({"number_match": "required"}, Offer.YES),
            ({"profile": "strict"}, Offer.YES),
            ({"profile": "managed"}, Offer.YES),
            ({"profile": "open", "requires_return_pin": True}, Offer.YES),
        ],
    )
    def test_offer_follows_the_attacks_that_need_no_contact(
        self, policy: dict[str, Any], offer: Offer
    ) -> None:
        assert risk(**policy).offer is offer

    def test_client_without_the_device_grant_has_nothing_to_assess(self) -> None:
        found = risk(frozenset({GrantType.CLIENT_CREDENTIALS}))
        assert (found.offer, found.attacks, found.next_step) == (Offer.NOT_USED, (), None)


class TestNextStep:
    def test_each_step_helps_until_no_setting_does_more(self) -> None:
        steps: tuple[tuple[dict[str, Any], str], ...] = (
            ({"profile": "open"}, "--profile standard"),
            ({}, "--number-match required"),
            ({"number_match": "required"}, "--profile strict"),
            ({"number_match": "required", "profile": "strict"}, "--dpop"),
            (
                {"number_match": "required", "profile": "strict", "requires_dpop": True},
                "--weak-connection-lifetime 7d",
            ),
            (
                {"profile": "strict", "requires_dpop": True, "access_token_lifetime": 3600},
                "--weak-connection-lifetime 7d --access-token-lifetime 10m",
            ),
            (
                {
                    "profile": "strict",
                    "requires_dpop": True,
                    "access_token_lifetime": 3600,
                    "connection_lifetime": 86_400,
                },
                "--access-token-lifetime 10m",
            ),
            (
                {"profile": "strict", "requires_dpop": True, "weak_connection_lifetime": 86_400},
                "--require-known-device",
            ),
            ({"profile": "managed", "weak_connection_lifetime": 86_400}, "--strong-scope SCOPES"),
        )
        for policy, option in steps:
            step = risk(**policy).next_step
            assert step is not None
            assert step.option == option

    def test_client_with_everything_has_no_next_step(self) -> None:
        policy = ClientPolicy(
            requires_known_device=True,
            weak_connection_lifetime=86_400,
            strong_scope=("openid",),
        )
        assert (
            risk_of(Client("tv", "TV", DEVICE, ("openid",), 0.0, policy=policy), SETTINGS).next_step is None
        )
