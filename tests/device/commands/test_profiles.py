"""Named sign-ins: several accounts and servers side by side."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.device.fake_server import FakeServer
from tests.device.running_command import CommandInProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]
SignIn = Callable[..., FakeServer]


@pytest.fixture
def variables(tmp_path: Path, variables: dict[str, str]) -> dict[str, str]:
    """The environment of an account of its own, without a token file."""
    del variables["PAIRGRANT_TOKEN_FILE"]
    folders = {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return {**variables, **folders, "HOME": str(tmp_path)}


@pytest.fixture
def sign_in(start_server: Start, run_pairgrant: Run) -> SignIn:
    """``sign_in("work")``: sign the profile in at a server of its own, or at ``server``."""

    def signed_in(profile: str, server: FakeServer | None = None) -> FakeServer:
        server = server or start_server()
        words = ("login", "--json", "--profile", profile, "--issuer", server.issuer)
        login = run_pairgrant(*words, issuer="")
        login.until('"code"')
        server.person("approve")
        assert login.end()[0] == 0
        return server

    return signed_in


def test_profile_remembers_its_server(sign_in: SignIn, run_pairgrant: Run) -> None:
    sign_in("work")
    code, out, _ = run_pairgrant("token", "--profile", "work", issuer="").end()
    assert (code, bool(out.strip())) == (0, True)
    assert run_pairgrant("whoami", issuer="", PAIRGRANT_PROFILE="work").end()[0] == 0
    assert run_pairgrant("token", issuer="").end()[0] == 5


def test_profiles_of_one_server_have_tokens_of_their_own(sign_in: SignIn, run_pairgrant: Run) -> None:
    server = sign_in("alice")
    first = run_pairgrant("token", "--profile", "alice", issuer="").end()[1]
    sign_in("bob", server)
    assert run_pairgrant("token", "--profile", "bob", issuer="").end()[1] != first
    assert run_pairgrant("token", "--profile", "alice", issuer="").end()[1] == first


def test_option_takes_precedence_over_the_profile(sign_in: SignIn, run_pairgrant: Run) -> None:
    sign_in("work")
    words = ("status", "--profile", "work", "--issuer", "https://elsewhere.example")
    code, out, _ = run_pairgrant(*words, issuer="").end()
    assert (code, "elsewhere.example" in out) == (5, True)


def test_profiles_are_listed_with_their_state(sign_in: SignIn, run_pairgrant: Run) -> None:
    work, home = sign_in("work"), sign_in("home")
    assert run_pairgrant("logout", "--profile", "home", issuer="").end()[0] == 0
    _, out, _ = run_pairgrant("profiles", issuer="").end()
    assert out.splitlines() == [
        f"home: not signed in at {home.issuer} as 'lobby-tv'",
        f"work: signed in at {work.issuer} as 'lobby-tv'",
    ]
    _, out, _ = run_pairgrant("profiles", "--json", issuer="").end()
    states = {event["name"]: event["signed_in"] for event in map(json.loads, out.splitlines())}
    assert states == {"home": False, "work": True}


def test_profile_is_forgotten_only_once_it_is_signed_out(sign_in: SignIn, run_pairgrant: Run) -> None:
    sign_in("work")
    code, _, err = run_pairgrant("profiles", "--forget", "work", issuer="").end()
    assert (code, "logout --profile work" in err) == (2, True)
    run_pairgrant("logout", "--profile", "work", issuer="").end()
    assert run_pairgrant("profiles", "--forget", "work", issuer="").end()[0] == 0
    assert "There is no profile" in run_pairgrant("profiles", issuer="").end()[1]


def test_unknown_profile_says_which_there_are(sign_in: SignIn, run_pairgrant: Run) -> None:
    sign_in("work")
    code, _, err = run_pairgrant("token", "--profile", "wrok", issuer="").end()
    assert (code, "no profile 'wrok' (known: work)" in err) == (2, True)
    assert run_pairgrant("profiles", "--forget", "wrok", issuer="").end()[0] == 2


@pytest.mark.parametrize("name", ["../x", "a/b", ".", "a b", "x" * 33, "-x", "é"])
def test_name_that_could_lead_elsewhere_is_refused(run_pairgrant: Run, name: str) -> None:
    code, _, err = run_pairgrant("token", f"--profile={name}", issuer="").end()
    assert (code, "--profile can't be used" in err) == (2, True)


def test_failed_login_makes_no_profile(start_server: Start, run_pairgrant: Run) -> None:
    server = start_server()
    words = ("login", "--json", "--profile", "work", "--issuer", server.issuer)
    login = run_pairgrant(*words, issuer="")
    login.until('"code"')
    server.person("deny")
    assert login.end()[0] == 3
    assert "There is no profile" in run_pairgrant("profiles", issuer="").end()[1]


def test_login_over_a_sign_in_says_so(sign_in: SignIn, run_pairgrant: Run) -> None:
    server = sign_in("work")
    login = run_pairgrant("login", "--json", "--profile", "work", issuer="")
    assert "signed in already" in json.loads(login.until('"warning"'))["message"]
    login.until('"code"')
    server.person("deny")
    assert login.end()[0] == 3


def test_settings_of_a_profile_are_readable_by_its_owner_only(sign_in: SignIn, tmp_path: Path) -> None:
    sign_in("work")
    [file] = (tmp_path / "config" / "pairgrant").glob("*.json")
    assert file.stat().st_mode & 0o077 == 0
