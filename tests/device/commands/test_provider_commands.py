"""``--provider``, endpoints named by hand, and ``pairgrant providers``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.device.fake_server import FakeServer
from tests.device.running_command import CommandInProcess

Run = Callable[..., CommandInProcess]
Start = Callable[..., FakeServer]

OWN = """
about = "Our server"
tells_denial = false

[variables.place]
about = "where it is"

[endpoints]
device = "{issuer}/device_authorization"
token = "{issuer}/token"
"""


@pytest.fixture
def own_folder(tmp_path: Path, variables: dict[str, str]) -> Path:
    variables["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    folder = tmp_path / "config" / "pairgrant" / "providers"
    folder.mkdir(parents=True)
    return folder


def run(run_pairgrant: Run, *words: str) -> tuple[int, str, str]:
    return run_pairgrant(*words, issuer="").end()


class TestList:
    def test_each_preset_has_its_mark_and_what_it_needs(self, run_pairgrant: Run, own_folder: Path) -> None:
        code, out, _ = run(run_pairgrant, "providers")
        lines = out.splitlines()
        (google,) = (number for number, line in enumerate(lines) if line.startswith("google "))
        assert (code, lines[google].split()[:3]) == (0, ["google", "read", "Google,"])
        assert lines[google + 1].strip() == "needs --client-secret-file FILE"
        assert f"Your own presets belong into {own_folder}" in out

    def test_one_shows_its_notes_its_sources_and_an_example(self, run_pairgrant: Run) -> None:
        code, out, _ = run(run_pairgrant, "providers", "entra")
        assert code == 0
        for text in ("offline_access", "entra-docs", "tenant", "pairgrant login --provider entra"):
            assert text in out

    def test_json_is_one_value(self, run_pairgrant: Run) -> None:
        everything = json.loads(run(run_pairgrant, "providers", "--json")[1])
        dex = json.loads(run(run_pairgrant, "providers", "dex", "--json")[1])
        assert dex in everything
        assert (dex["tells_denial"], dex["needs"]) == (False, ["--issuer URL"])

    def test_unknown_name_leads_to_the_nearest(self, run_pairgrant: Run) -> None:
        code, _, err = run(run_pairgrant, "providers", "githup")
        assert (code, "Did you mean github?" in err) == (2, True)

    @pytest.mark.parametrize("name", ["../../etc/passwd", "\x1b[2J", "", "A"])
    def test_name_is_never_a_path(self, run_pairgrant: Run, name: str) -> None:
        code, _, err = run(run_pairgrant, "providers", name)
        assert code == 2
        assert "\x1b" not in err

    def test_preset_of_the_user_takes_precedence_and_that_is_said(
        self, run_pairgrant: Run, own_folder: Path
    ) -> None:
        (own_folder / "github.toml").write_text(OWN)
        _, out, _ = run(run_pairgrant, "providers")
        assert f"github is your own, which replaces the one of this program: {own_folder}" in out
        assert "Our server" in run(run_pairgrant, "providers", "github")[1]

    def test_unusable_preset_of_the_user_is_named_beside_the_others(
        self, run_pairgrant: Run, own_folder: Path
    ) -> None:
        (own_folder / "mine.toml").write_text("abuot = 1")
        code, out, err = run(run_pairgrant, "providers")
        assert (code, "github" in out) == (1, True)
        assert f"{own_folder}/mine.toml can't be used: about is missing." in err


class TestLogin:
    def test_sign_in_with_a_preset_of_the_user(
        self, run_pairgrant: Run, start_server: Start, own_folder: Path
    ) -> None:
        server = start_server()
        (own_folder / "mine.toml").write_text(OWN)
        options = ("--provider", "mine", "--provider-var", "place=here", "--client-id", "lobby-tv")
        login = run_pairgrant("login", "--json", *options, issuer=server.issuer)
        warning = json.loads(login.until('"warning"'))
        assert warning["message"] == (
            "mine doesn't report a denial: this device then waits until the code expires."
        )
        login.until('"code"')
        server.person("approve")
        code, out, _ = login.end()
        assert (code, json.loads(out.splitlines()[-1])["event"]) == (0, "authorized")
        assert "stage" not in out
        code, token, err = run_pairgrant("token", *options, issuer=server.issuer).end()
        assert (code, bool(token.strip())) == (0, True), err

    def test_sign_in_that_waits_without_a_process_keeps_what_polls_send_back(
        self, run_pairgrant: Run, start_server: Start, own_folder: Path
    ) -> None:
        server = start_server()
        (own_folder / "mine.toml").write_text(OWN + '[code]\necho = ["user_code"]\n')
        options = ("--provider", "mine", "--provider-var", "place=here", "--client-id", "lobby-tv")
        begun = run_pairgrant("login", "--no-wait", "--json", *options, issuer=server.issuer).end()[1]
        (code,) = (event for event in map(json.loads, begun.splitlines()) if event["event"] == "code")
        server.person("approve")
        waited = run_pairgrant("wait", code["handle"], *options, issuer=server.issuer).end()
        assert waited[0] == 0, waited

    def test_sign_in_with_endpoints_named_by_hand_asks_for_no_metadata(
        self, run_pairgrant: Run, start_server: Start
    ) -> None:
        server = start_server()
        login = run_pairgrant(
            *("login", "--json", "--device-endpoint", f"{server.issuer}/device_authorization"),
            *("--token-endpoint", f"{server.issuer}/token"),
            issuer="",
        )
        login.until('"code"')
        server.person("approve")
        assert login.end()[0] == 0
        assert not [path for path in server.counts if "well-known" in path]

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (["--provider", "github"], "--client-id is missing"),
            (["--provider", "githup", "--client-id", "a"], "--provider can't be used"),
            (["--provider", "keycloak", "--client-id", "a"], "--issuer is missing"),
            (["--provider", "entra", "--client-id", "a"], "--scope is missing"),
            (["--provider", "google", "--client-id", "a"], "--client-secret-file is missing"),
            (["--provider-var", "a=b"], "--provider-var can't be used without --provider"),
            (["--token-endpoint", "http://[::1"], "--token-endpoint can't be used"),
            (["--device-endpoint", "ftp://a.example"], "--device-endpoint can't be used"),
            (
                ["--token-endpoint", "https://a.example/t", "--device-endpoint", "http://a.example/d"],
                "--device-endpoint can't be used: it would send without encryption",
            ),
        ],
    )
    def test_unusable_choice_is_wrong_usage(self, run_pairgrant: Run, words: list[str], problem: str) -> None:
        code, out, _ = run(run_pairgrant, "login", "--json", *words)
        event = json.loads(out.splitlines()[-1])
        assert (code, event["event"]) == (2, "error")
        assert event["message"].startswith(problem)

    def test_variables_of_a_preset_may_be_given_one_by_one(self, run_pairgrant: Run) -> None:
        words = ("--provider", "okta-custom", "--client-id", "a", "--provider-var", "domain=a.example")
        _, out, err = run(run_pairgrant, "logout", *words, "--provider-var", "server=apis")
        assert "https://a.example/oauth2/apis" in out + err
