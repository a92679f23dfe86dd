"""The risk assessment: properties over every combination of evidence, and the rules of each profile."""

from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pairgrant_server.authorization_server.model.client_policy import (
    CHOICES,
    Asking,
    ClientPolicy,
    Prefill,
    ProfileName,
)
from pairgrant_server.authorization_server.risk.assessment import Assessment, Reason, assess
from pairgrant_server.authorization_server.risk.evidence import (
    CameFrom,
    Entry,
    Evidence,
    Network,
    Number,
    Scan,
    number_state,
    scan_state,
)
from pairgrant_server.authorization_server.risk.profile import PROFILES, Decision, Rules, rules_of
from tests.authorization_server.risk.evidence_space import STRICTNESS, VALUES, every_evidence, steps_up

ALLOW, HOLD, REFUSE = Decision.ALLOW, Decision.HOLD, Decision.REFUSE
ASK_NUMBER, ASK_CODE = Decision.ASK_NUMBER, Decision.ASK_CODE
EVERY_PROFILE = pytest.mark.parametrize("profile", get_args(ProfileName))

evidences = st.builds(Evidence, **{field: st.sampled_from(values) for field, values in VALUES.items()})
policies = st.builds(
    ClientPolicy,
    profile=st.sampled_from(get_args(ProfileName)),
    number_match=st.sampled_from((None, *get_args(Asking))),
    fresh_scan=st.sampled_from((None, *get_args(Asking))),
    prefill=st.sampled_from((None, *get_args(Prefill))),
)


@cache
def all_of(profile: ProfileName) -> dict[Evidence, Assessment]:
    return {evidence: assess(evidence, PROFILES[profile]) for evidence in every_evidence()}


def strictness(assessment: Assessment) -> int:
    return STRICTNESS[assessment.decision]


def changed(policy: ClientPolicy, rules: dict[str, Any]) -> ClientPolicy:
    return replace(policy, **rules)


def with_rules(profile: ProfileName, rules: dict[str, Any]) -> Rules:
    return rules_of(changed(ClientPolicy(profile=profile), rules))


def decision(profile: ProfileName, /, **evidence: Any) -> Decision:
    """Of a person who typed the code, unless ``evidence`` says otherwise; ``rules`` replace the profile's."""
    rules = with_rules(profile, evidence.pop("rules", {}))
    return assess(Evidence(**{"entry": Entry.TYPED, **evidence}), rules).decision


@EVERY_PROFILE
def test_more_evidence_never_gives_a_stricter_decision(profile: ProfileName) -> None:
    known = all_of(profile)
    for evidence, assessment in known.items():
        for more in steps_up(evidence):
            assert strictness(known[more]) <= strictness(assessment), (evidence, more)
            assert known[more].strong or not assessment.strong, (evidence, more)


@pytest.mark.parametrize(
    ("looser", "stricter"), [*pairwise(("open", "standard", "strict")), ("standard", "managed")]
)
def test_stricter_profile_never_gives_a_looser_decision(looser: ProfileName, stricter: ProfileName) -> None:
    for evidence, assessment in all_of(looser).items():
        assert strictness(all_of(stricter)[evidence]) >= strictness(assessment), evidence


def test_open_approves_every_evidence_at_once() -> None:
    assert {assessment.decision for assessment in all_of("open").values()} == {ALLOW}


@EVERY_PROFILE
def test_what_a_device_leaves_out_never_helps_it(profile: ProfileName) -> None:
    known = all_of(profile)
    for evidence, assessment in known.items():
        for left_out in (
            replace(evidence, scan=Scan.NOT_POSSIBLE) if evidence.scan is Scan.FRESH else evidence,
            replace(evidence, number=Number.NOT_POSSIBLE) if evidence.has_digits else evidence,
            replace(evidence, known_key=False),
            replace(evidence, enrolled=False),
            replace(evidence, network=Network.UNKNOWN),
        ):
            assert strictness(known[left_out]) >= strictness(assessment), (evidence, left_out)
            assert not known[left_out].strong or assessment.strong, (evidence, left_out)


@pytest.mark.parametrize("rule", ["number_match", "fresh_scan"])
@EVERY_PROFILE
def test_required_proof_can_not_be_left_out(profile: ProfileName, rule: str) -> None:
    rules = with_rules(profile, {rule: "required"})
    for evidence in every_evidence():
        proved = evidence.is_fresh or (rule == "number_match" and evidence.number is Number.MATCHED)
        if not proved:
            assert assess(evidence, rules).decision in {ASK_NUMBER, ASK_CODE, REFUSE}, evidence


@EVERY_PROFILE
def test_suspicious_evidence_is_never_strong_and_outside_open_never_allowed(profile: ProfileName) -> None:
    for evidence, assessment in all_of(profile).items():
        if evidence.seen_by_others:
            assert not assessment.strong
            assert profile == "open" or assessment.decision is not ALLOW


@given(evidence=evidences, policy=policies)
def test_more_evidence_is_never_stricter_under_any_rules(evidence: Evidence, policy: ClientPolicy) -> None:
    rules = rules_of(policy)
    for more in steps_up(evidence):
        assert strictness(assess(more, rules)) <= strictness(assess(evidence, rules)), more


@given(evidence=evidences, policy=policies)
def test_stricter_rule_never_gives_a_looser_decision(evidence: Evidence, policy: ClientPolicy) -> None:
    # "off" is left out: to switch a proof off takes a way to approval from a profile that needs one.
    for name, values in CHOICES.items():
        words = [one for one in values if name != "profile" and one != "off"]
        found = [strictness(assess(evidence, rules_of(changed(policy, {name: one})))) for one in words]
        assert found == sorted(found), name


@given(evidence=evidences, policy=policies, name=st.booleans(), approvals=st.integers(0, 9))
def test_device_name_and_earlier_approvals_decide_nothing(
    evidence: Evidence, policy: ClientPolicy, *, name: bool, approvals: int
) -> None:
    told = assess(replace(evidence, known_device_name=name, earlier_approvals=approvals), rules_of(policy))
    plain = assess(evidence, rules_of(policy))
    assert (told.decision, told.strong, told.must_confirm) == (
        plain.decision,
        plain.strong,
        plain.must_confirm,
    )
    if told.decision is not ALLOW:
        assert (Reason.NEW_DEVICE_NAME in told.reasons) is not name
        assert (Reason.FIRST_APPROVAL in told.reasons) is (approvals == 0)


@given(evidence=evidences, policy=policies)
def test_each_decision_has_a_reason_and_only_a_strict_hold_is_confirmed(
    evidence: Evidence, policy: ClientPolicy
) -> None:
    found = assess(evidence, rules_of(policy))
    assert found.reasons
    assert len(set(found.reasons)) == len(found.reasons)
    assert found.must_confirm is (policy.profile == "strict" and found.decision is HOLD)
    assert not found.strong or found.decision in {ALLOW, HOLD}


class TestStandard:
    def test_fresh_scan_on_the_device_s_network_or_of_a_known_device_needs_no_digits(self) -> None:
        scan = {"number": Number.POSSIBLE, "scan": Scan.FRESH, "entry": Entry.PREFILLED}
        assert decision("standard", **scan, network=Network.SAME) is ALLOW
        assert decision("standard", **scan, network=Network.OTHER, known_key=True) is ALLOW
        assert decision("standard", **scan, network=Network.OTHER, enrolled=True) is ALLOW

    def test_fresh_scan_from_elsewhere_asks_for_the_number(self) -> None:
        for network in (Network.OTHER, Network.UNKNOWN, Network.OPERATOR):
            assert (
                decision("standard", number=Number.POSSIBLE, scan=Scan.FRESH, network=network) is ASK_NUMBER
            )

    def test_stale_scan_falls_back_to_the_number(self) -> None:
        assert (
            decision("standard", number=Number.POSSIBLE, scan=Scan.STALE, network=Network.SAME) is ASK_NUMBER
        )

    def test_fresh_scan_by_way_of_another_site_proves_nothing(self) -> None:
        found = decision(
            "standard",
            number=Number.POSSIBLE,
            scan=Scan.FRESH,
            network=Network.SAME,
            came_from=CameFrom.CROSS_SITE,
        )
        assert found is ASK_NUMBER

    @pytest.mark.parametrize("number", [Number.MATCHED, Number.RETURN_PIN])
    def test_digits_near_the_device_are_allowed_and_elsewhere_held(self, number: Number) -> None:
        assert decision("standard", number=number, network=Network.OPERATOR) is ALLOW
        assert decision("standard", number=number, network=Network.OTHER) is HOLD
        assert decision("standard", number=number, network=Network.SAME, seen_by_others=True) is HOLD
        assert decision("standard", number=number, network=Network.SAME, hosting_network=True) is HOLD

    def test_stock_device_is_allowed_on_its_network_and_held_elsewhere(self) -> None:
        assert decision("standard", network=Network.SAME) is ALLOW
        assert decision("standard", network=Network.SAME, entry=Entry.PREFILLED) is ALLOW
        assert decision("standard", network=Network.OTHER) is HOLD
        assert decision("standard", network=Network.SAME, reports=1) is HOLD

    @pytest.mark.parametrize(
        ("network", "place"),
        [(Network.OTHER, Reason.OTHER_NETWORK), (Network.UNKNOWN, Reason.UNKNOWN_NETWORK)],
    )
    def test_reasons_of_a_hold_name_the_network_and_what_is_suspicious(
        self, network: Network, place: Reason
    ) -> None:
        evidence = Evidence(entry=Entry.TYPED, network=network, reports=1)
        assert assess(evidence, PROFILES["standard"]).reasons == (
            *(Reason.NO_PROOF, place, Reason.REPORTED),
            *(Reason.FIRST_APPROVAL, Reason.NEW_DEVICE_NAME),
        )

    def test_link_to_a_stock_device_elsewhere_asks_for_the_code(self) -> None:
        assert decision("standard", network=Network.OTHER, entry=Entry.PREFILLED) is ASK_CODE

    def test_link_on_another_site_asks_for_the_code_or_the_number(self) -> None:
        link = {"network": Network.SAME, "entry": Entry.PREFILLED, "came_from": CameFrom.CROSS_SITE}
        assert decision("standard", **link) is ASK_CODE
        assert decision("standard", **link, number=Number.POSSIBLE) is ASK_NUMBER
        assert decision("standard", **link, number=Number.MATCHED) is HOLD

    def test_hosting_network_of_an_enrolled_device_is_the_operator_s_choice(self) -> None:
        evidence = {"number": Number.MATCHED, "network": Network.OTHER, "hosting_network": True}
        assert decision("standard", **evidence, known_key=True) is HOLD
        assert decision("standard", **evidence, enrolled=True) is ALLOW


class TestStrict:
    def test_digits_and_a_fresh_scan_near_the_device_are_allowed(self) -> None:
        assert decision("strict", number=Number.MATCHED, scan=Scan.FRESH, network=Network.SAME) is ALLOW

    def test_single_proof_asks_for_the_number_or_is_held_until_confirmed(self) -> None:
        assert decision("strict", number=Number.POSSIBLE, scan=Scan.FRESH, network=Network.SAME) is ASK_NUMBER
        digits = Evidence(number=Number.MATCHED, network=Network.SAME)
        fresh_scan = Evidence(scan=Scan.FRESH, network=Network.SAME)
        for single in (digits, fresh_scan):
            found = assess(single, PROFILES["strict"])
            assert (found.decision, found.must_confirm) == (HOLD, True)

    def test_device_that_can_prove_nothing_is_refused(self) -> None:
        assert decision("strict", network=Network.SAME, known_key=True) is REFUSE

    def test_browser_elsewhere_is_refused_whatever_was_proved(self) -> None:
        for network in (Network.OTHER, Network.UNKNOWN):
            assert decision("strict", number=Number.MATCHED, scan=Scan.FRESH, network=network) is REFUSE

    def test_code_that_others_looked_up_is_refused(self) -> None:
        both = {"number": Number.MATCHED, "scan": Scan.FRESH}
        assert decision("strict", **both, network=Network.SAME, seen_by_others=True) is REFUSE

    def test_link_on_another_site_asks_for_the_code(self) -> None:
        link = {"entry": Entry.PREFILLED, "came_from": CameFrom.CROSS_SITE, "number": Number.POSSIBLE}
        assert decision("strict", **link, network=Network.SAME) is ASK_CODE


class TestManaged:
    def test_device_that_is_not_enrolled_and_not_on_a_trusted_network_is_refused(self) -> None:
        assert decision("managed", number=Number.MATCHED, network=Network.SAME) is REFUSE
        assert decision("managed", number=Number.MATCHED, network=Network.SAME, enrolled=True) is ALLOW

    def test_device_that_can_is_never_approved_without_digits_or_fresh_scan(self) -> None:
        device = {"started_on_trusted_network": True, "network": Network.SAME}
        assert decision("managed", **device, number=Number.POSSIBLE, scan=Scan.STALE) is ASK_NUMBER
        assert decision("managed", **device, scan=Scan.STALE) is REFUSE
        assert decision("managed", **device, scan=Scan.FRESH) is ALLOW
        assert decision("managed", **device) is ALLOW

    def test_suspicious_evidence_is_refused(self) -> None:
        device = {"enrolled": True, "network": Network.SAME, "number": Number.MATCHED}
        assert decision("managed", **device, seen_by_others=True) is REFUSE


class TestOperator:
    @pytest.mark.parametrize(
        ("profile", "expected"),
        [("open", ALLOW), ("standard", ALLOW), ("strict", REFUSE), ("managed", REFUSE)],
    )
    def test_operator_is_enough_for_open_and_standard(self, profile: ProfileName, expected: Decision) -> None:
        found = assess(Evidence(operator=True), PROFILES[profile])
        assert found.decision is expected
        assert found.strong


class TestSingleRules:
    def test_open_with_number_match_asks_a_device_that_can(self) -> None:
        rules = {"number_match": "auto"}
        assert decision("open", rules=rules, number=Number.POSSIBLE) is ASK_NUMBER
        assert decision("open", rules=rules, number=Number.MATCHED) is ALLOW
        assert decision("open", rules=rules) is ALLOW

    def test_prefill_never_asks_for_the_code_even_with_a_fresh_scan(self) -> None:
        scan = {"scan": Scan.FRESH, "network": Network.SAME, "entry": Entry.PREFILLED}
        assert decision("standard", rules={"prefill": "never"}, **scan) is ASK_CODE
        assert decision("standard", **scan) is ALLOW

    @pytest.mark.parametrize(
        ("rule", "can_show", "is_matched", "has_return_pin", "expected"),
        [
            ("auto", True, False, False, Number.POSSIBLE),
            ("auto", True, True, False, Number.MATCHED),
            ("auto", False, False, False, Number.NOT_POSSIBLE),
            ("off", True, False, False, Number.NOT_POSSIBLE),
            ("auto", True, False, True, Number.RETURN_PIN),
            ("off", False, False, True, Number.RETURN_PIN),
            ("required", True, False, True, Number.POSSIBLE),
            ("required", False, False, True, Number.NOT_POSSIBLE),
        ],
    )
    def test_one_comparison_of_digits_is_asked_for(
        self, *, rule: Asking, can_show: bool, is_matched: bool, has_return_pin: bool, expected: Number
    ) -> None:
        rules = with_rules("standard", {"number_match": rule})
        found = number_state(rules, can_show=can_show, is_matched=is_matched, has_return_pin=has_return_pin)
        assert found is expected

    @pytest.mark.parametrize(
        ("rule", "can_show", "is_fresh", "expected"),
        [
            ("auto", True, True, Scan.FRESH),
            ("required", True, False, Scan.STALE),
            ("auto", False, False, Scan.NOT_POSSIBLE),
            ("off", True, True, Scan.NOT_POSSIBLE),
        ],
    )
    def test_scan_counts_where_the_rules_ask_for_it(
        self, *, rule: Asking, can_show: bool, is_fresh: bool, expected: Scan
    ) -> None:
        assert (
            scan_state(with_rules("standard", {"fresh_scan": rule}), can_show=can_show, is_fresh=is_fresh)
            is expected
        )
