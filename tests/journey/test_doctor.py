"""`pairgrant doctor` examines this project's own server, and others in tests/interop."""

import json
import shlex
import sys
from typing import Any

import pytest

from tests.journey.service import SCOPE, Service

pytestmark = pytest.mark.as_shipped


@pytest.fixture
def settings() -> dict[str, str]:
    return {}


POLLED_LATE = {"The interval is too short to poll early for sure.", "The server never sent slow_down."}
"""What can't be judged where a busy machine sent the early poll late.

On any other machine a server that tolerates an early poll doesn't pass ``poll.early``.
"""


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    """Each check that didn't pass -> what was observed."""
    return {
        finding["check"]: finding["observed"]
        for finding in report["findings"]
        if finding["verdict"] != "pass" and finding["observed"] not in POLLED_LATE
    }


def test_doctor_finds_no_fault_in_this_server(service: Service) -> None:
    report = examined(service, "--skip", "expiry,page.guess-limit")
    assert verdicts(report) == {"start.wrong-secret": "The client has no secret."}


def test_doctor_finds_no_fault_with_a_confidential_client(service: Service) -> None:
    added = service.command(
        *("client", "add", "office", "--name", "Office", "--scope", SCOPE, "--secret-stdin"),
        *("--grant", "device_code", "--grant", "refresh_token"),
        stdin="a secret: with/what+needs%escaping\n",
    )
    assert added.returncode == 0, added.stderr
    service.settings["PAIRGRANT_CLIENT_SECRET"] = "a secret: with/what+needs%escaping"
    words = ("--client-id", "office", "--skip", "expiry,page,codes,discovery,grants")
    assert verdicts(examined(service, *words)) == {
        "tokens.rotation": "The client is confidential, so its refresh tokens needn't be replaced."
    }


class TestShortLife:
    @pytest.fixture
    def settings(self) -> dict[str, str]:
        return {"PAIRGRANT_DEVICE_CODE_LIFETIME": "12", "PAIRGRANT_INTERVAL": "2"}

    def test_codes_of_this_server_expire_as_they_should(self, service: Service) -> None:
        assert verdicts(examined(service, "--only", "expiry")) == {}


def test_guesses_are_limited_by_this_server(service: Service) -> None:
    assert verdicts(examined(service, "--only", "page.guess-limit", "--thorough")) == {}


def examined(service: Service, *words: str) -> dict[str, Any]:
    """The report of one examination."""
    added = service.command(
        *("client", "add", "other-tv", "--name", "Other TV", "--scope", SCOPE, "--grant", "device_code")
    )
    assert added.returncode == 0, added.stderr
    server = f"{shlex.quote(sys.executable)} -m pairgrant_server"
    done = service.programs.run(
        *("pairgrant", "doctor", "--issuer", service.url, "--scope", SCOPE, "--other-client", "other-tv"),
        *("--report", "json", "--approve-command", f'{server} "$DECISION" "$USER_CODE" --user alice', *words),
        environment=service.environment,
    )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report
