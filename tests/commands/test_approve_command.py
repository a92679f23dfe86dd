"""``pairgrant-server approve``: the same policy on approvals as on the page, unless it is overridden."""

import asyncio
from pathlib import Path

import pytest

from pairgrant_protocol.device_grant import GrantStatus
from pairgrant_protocol.messages import DeviceAuthorizationRequest
from pairgrant_protocol.user_code import normalize
from pairgrant_protocol.vocabulary import DeviceCapability
from pairgrant_server.authorization_server.model.records import DeviceGrant
from pairgrant_server.backend import Backend, open_backend
from pairgrant_server.settings import Settings
from tests.commands.command_line import CommandLine, Finished

CLIENT = ("client", "add", "kiosk", "--name", "Kiosk", "--scope", "openid", "--grant", "device_code")


@pytest.fixture
def database(environment: dict[str, str]) -> str:
    return environment["PAIRGRANT_DATABASE"]


class Pairing:
    """A device at 192.0.2.7 that shows a code of the client ``kiosk``."""

    def __init__(self, database: str, capabilities: tuple[DeviceCapability, ...] = ()) -> None:
        self._settings = Settings.load(database=database)
        self._capabilities = capabilities
        self.user_code = asyncio.run(self._start())

    async def _start(self) -> str:
        async with open_backend(self._settings) as backend:
            client = await backend.store.client("kiosk")
            assert client is not None
            request = DeviceAuthorizationRequest("kiosk", ("openid",), "Lobby", self._capabilities)
            issued = await backend.parts.device_flow.issue(client, request, ("openid",), "192.0.2.7")
            return issued.user_code

    def grant(self) -> DeviceGrant:
        async def read() -> DeviceGrant:
            async with open_backend(self._settings) as backend:
                return await _grant(backend, self.user_code)

        return asyncio.run(read())

    def return_pin(self) -> str:
        async def read() -> str:
            async with open_backend(self._settings) as backend:
                return backend.parts.device_flow.return_pin(await _grant(backend, self.user_code))

        return asyncio.run(read())


async def _grant(backend: Backend, user_code: str) -> DeviceGrant:
    digest = backend.server_key.mac("user_code", normalize(user_code))
    grant = await backend.store.grant_by_user_code(digest)
    assert grant is not None
    return grant


@pytest.fixture
def approve(pairgrant_server: CommandLine, database: str, tmp_path: Path) -> "Approve":
    pairgrant_server("user", "add", "alice", "--password-stdin", stdin="correct horse battery")
    return Approve(pairgrant_server, database)


class Approve:
    def __init__(self, pairgrant_server: CommandLine, database: str) -> None:
        self._run = pairgrant_server
        self._database = database

    def pairing(self, *rules: str, capabilities: tuple[DeviceCapability, ...] = ()) -> Pairing:
        """A device of a client with these rules."""
        assert self._run(*CLIENT, *rules).returncode == 0
        return Pairing(self._database, capabilities)

    def __call__(self, pairing: Pairing, *options: str, word: str = "approve") -> Finished:
        return self._run(word, pairing.user_code, "--user", "alice", *options)


def test_approval_within_the_policy_is_shown_without_an_override(approve: Approve) -> None:
    pairing = approve.pairing()
    done = approve(pairing)
    assert done.returncode == 0
    assert done.stdout == "Approved: Lobby (kiosk) at 192.0.2.7 is being connected for alice.\n"
    assert pairing.grant().status is GrantStatus.APPROVED


def test_policy_that_requires_the_devices_network_refuses_a_command_line(approve: Approve) -> None:
    pairing = approve.pairing("--same-network")
    done = approve(pairing)
    assert done.returncode != 0
    assert "may only be approved by a person on its own network" in done.stderr
    assert "--override-policy" in done.stderr
    assert pairing.grant().status is GrantStatus.PENDING


def test_override_is_shown_and_logged(approve: Approve) -> None:
    pairing = approve.pairing("--same-network")
    done = approve(pairing, "--override-policy")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "The client's policy was overridden: the device may only be approved by a person on its own network.",
        "Approved: Lobby (kiosk) at 192.0.2.7 is being connected for alice.",
    ]
    assert "policy.overridden" in done.stderr
    assert pairing.grant().status is GrantStatus.APPROVED


@pytest.mark.parametrize("profile", ["open", "standard"])
def test_operator_is_evidence_enough_for_the_profiles_open_and_standard(
    approve: Approve, profile: str
) -> None:
    pairing = approve.pairing("--profile", profile)
    done = approve(pairing)
    assert (done.returncode, "overridden" in done.stdout) == (0, False)
    grant = pairing.grant()
    assert (grant.status, grant.held_until) == (GrantStatus.APPROVED, None)


def test_operator_needs_no_number_that_a_person_would_have_to_type(approve: Approve) -> None:
    pairing = approve.pairing("--number-match", "required", capabilities=(DeviceCapability.NUMBER,))
    assert approve(pairing).returncode == 0
    assert pairing.grant().status is GrantStatus.APPROVED


@pytest.mark.parametrize("profile", ["strict", "managed"])
def test_profiles_that_ask_for_more_than_the_operator_are_named_and_can_be_overridden(
    approve: Approve, profile: str
) -> None:
    pairing = approve.pairing("--profile", profile)
    refused = approve(pairing)
    rule = f"its profile {profile} asks for evidence that a command line can't give"
    assert refused.returncode == 1
    assert f"by the policy of the client kiosk, {rule}. " in refused.stderr
    assert "--override-policy" in refused.stderr
    assert pairing.grant().status is GrantStatus.PENDING

    done = approve(pairing, "--override-policy")
    assert done.stdout.splitlines()[0] == f"The client's policy was overridden: {rule}."
    assert "policy.overridden" in done.stderr
    assert "weak_evidence" in done.stderr
    grant = pairing.grant()
    assert (grant.status, grant.held_until) == (GrantStatus.APPROVED, None)


def test_each_rule_that_is_broken_is_named(approve: Approve) -> None:
    done = approve(approve.pairing("--profile", "strict", "--same-network"))
    assert "may only be approved by a person on its own network, and its profile strict" in done.stderr


def test_return_pin_that_the_policy_requires_is_shown(approve: Approve) -> None:
    pairing = approve.pairing("--return-pin")
    done = approve(pairing)
    assert done.stdout.splitlines()[-1] == f"Type these digits on the device: {pairing.return_pin()}"


def test_denial_needs_no_override(approve: Approve) -> None:
    pairing = approve.pairing("--same-network")
    done = approve(pairing, word="deny")
    assert (done.returncode, done.stdout) == (0, "Denied: Lobby (kiosk) at 192.0.2.7 was not connected.\n")
    assert pairing.grant().status is GrantStatus.DENIED


def test_decided_code_is_too_late_with_an_override_too(approve: Approve) -> None:
    pairing = approve.pairing("--same-network")
    assert approve(pairing, word="deny").returncode == 0
    done = approve(pairing, "--override-policy")
    assert done.returncode != 0
    assert "No device is waiting" in done.stderr
