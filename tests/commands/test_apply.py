"""``pairgrant-server apply``: a file is checked as a whole and changes what differs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pairgrant_server.authorization_server.clients.clients import new_secret
from pairgrant_server.commands.apply.configuration import load_configuration
from pairgrant_server.commands.apply.plan import CurrentState, PlanInputs, plan
from pairgrant_server.commands.apply.problem import ConfigurationError
from tests.commands.command_line import CommandLine, Finished

Apply = Callable[..., Finished]

TV = """
[client.tv]
name = "Lobby TV"
grant_types = ["device_code", "refresh_token"]
scope = ["openid", "profile"]
access_token_lifetime = "5m"
"""
EXAMPLE = Path(__file__).parents[2] / "docs" / "pairgrant.example.toml"


@pytest.fixture
def apply(pairgrant_server: CommandLine, tmp_path: Path) -> Apply:
    """Applies a text as a file."""

    def run(text: str, *words: str) -> Finished:
        file = tmp_path / "pairgrant.toml"
        file.write_text(text)
        return pairgrant_server("apply", str(file), *words)

    return run


def clients_of(run: CommandLine) -> list[str]:
    return [client["client_id"] for client in json.loads(run("client", "list", "--json").stdout)]


SCOPE = """
[scope."a:b"]
title = "Read"
sentence = "All."
icon = "key"
strong = true
[scope."a:b".it]
title = "Leggere"
"""


def test_scope_is_defined_completely_by_the_file(apply: Apply, pairgrant_server: CommandLine) -> None:
    assert apply(SCOPE).stdout.splitlines() == [
        "+ scope a:b",
        "    en: Read (All.)",
        "    it: Leggere",
        "    icon: key",
        "    strong",
    ]
    assert apply('[scope."a:b"]\ntitle = "Read"', "--dry-run").stdout.startswith("~ scope a:b")
    assert apply('[scope."a:b"]\ntitle = "Read"').returncode == 0
    listed = pairgrant_server("scope", "list").stdout
    assert "a:b  “Read”\n" in listed


class TestExample:
    def test_example_file_is_applied_and_changes_nothing_the_second_time(
        self, pairgrant_server: CommandLine
    ) -> None:
        first = pairgrant_server("apply", str(EXAMPLE))
        assert first.returncode == 0, first.stderr
        assert first.stdout.count("+ client ") == 5
        assert "+ user alice" in first.stdout
        assert "+ scope weather:read" in first.stdout
        assert first.stderr.count("shown only once") == 3
        again = pairgrant_server("apply", str(EXAMPLE), "--prune")
        assert (again.returncode, again.stdout) == (
            0,
            "Nothing to change: the database already matches the file.\n",
        )
        shown = pairgrant_server("client", "show", "kiosk").stdout
        assert "Be approved from the device's own network." in shown


class TestPlan:
    def test_dry_run_shows_the_plan_and_changes_nothing(
        self, apply: Apply, pairgrant_server: CommandLine
    ) -> None:
        done = apply(TV, "--dry-run")
        assert done.returncode == 3
        assert done.stdout.splitlines() == [
            "+ client tv (public)",
            "    name: Lobby TV",
            "    grant_types: device_code refresh_token",
            "    scope: openid profile",
            "    access_token_lifetime: 5 minutes",
        ]
        assert clients_of(pairgrant_server) == []

    def test_dry_run_without_a_difference_exits_with_0(self, apply: Apply) -> None:
        apply(TV)
        assert apply(TV, "--dry-run").returncode == 0

    def test_difference_is_shown_and_applied(self, apply: Apply, pairgrant_server: CommandLine) -> None:
        apply(TV)
        changed = TV.replace('access_token_lifetime = "5m"', "requires_return_pin = true")
        assert apply(changed).stdout.splitlines() == [
            "~ client tv",
            "    access_token_lifetime: 5 minutes -> the server's setting",
            "    requires_return_pin: no -> yes",
        ]
        assert "Access token: 10 minutes" in pairgrant_server("client", "show", "tv").stdout

    def test_change_by_command_is_reverted(self, apply: Apply, pairgrant_server: CommandLine) -> None:
        apply(TV)
        pairgrant_server("client", "set", "tv", "--name", "Another name")
        assert "name: Another name -> Lobby TV" in apply(TV).stdout

    def test_client_that_is_not_in_the_file_stays_unless_pruned(
        self, apply: Apply, pairgrant_server: CommandLine
    ) -> None:
        apply(TV)
        other = TV.replace("client.tv", "client.other")
        assert apply(other).stdout.splitlines()[0] == "+ client other (public)"
        shown = apply(other, "--prune")
        assert shown.returncode == 1
        assert shown.stdout == "- client tv (Lobby TV), and every device that uses it\n"
        assert "--yes" in shown.stderr
        assert clients_of(pairgrant_server) == ["other", "tv"]
        assert apply(other, "--prune", "--yes").returncode == 0
        assert clients_of(pairgrant_server) == ["other"]


class TestSecrets:
    def test_secret_is_generated_and_shown_once(self, apply: Apply) -> None:
        first = apply(TV + "secret = true\n")
        assert len(first.stdout.splitlines()[-1]) == 43
        assert apply(TV + "secret = true\n").stdout.startswith("Nothing to change")

    def test_secret_from_a_file_changes_with_the_file(self, apply: Apply, tmp_path: Path) -> None:
        text = TV + 'secret_file = "tv.secret"\n'
        (tmp_path / "tv.secret").write_text("a secret of a fair length\n")
        assert "a secret" not in apply(text).stdout
        assert apply(text).stdout.startswith("Nothing to change")
        (tmp_path / "tv.secret").write_text("another secret of a fair length\n")
        assert apply(text).stdout.splitlines() == ["~ client tv", "    secret: set -> a new secret"]

    def test_client_becomes_public_when_its_secret_leaves_the_file(
        self, apply: Apply, pairgrant_server: CommandLine
    ) -> None:
        apply(TV + "secret = true\n")
        assert "secret: set -> none" in apply(TV).stdout
        assert "public" in pairgrant_server("client", "list").stdout

    def test_dry_run_shows_no_secret(self, apply: Apply) -> None:
        done = apply(TV + "secret = true\n", "--dry-run")
        assert "shown only once" not in done.stderr


class TestUsers:
    def test_user_is_added_without_a_password_and_keeps_what_the_file_leaves_out(
        self, apply: Apply, pairgrant_server: CommandLine
    ) -> None:
        added = apply('[user.alice]\ndisplay_name = "Alice"\n')
        assert added.stdout.splitlines() == ["+ user alice", "    display_name: Alice"]
        assert "pairgrant-server user password alice" in added.stderr
        pairgrant_server("user", "lock", "alice")
        assert apply('[user.Alice]\nemail = "alice@example.org"\n').stdout.splitlines() == [
            "~ user alice",
            "    email: none -> alice@example.org",
        ]
        assert "locked" in pairgrant_server("user", "list").stdout, (
            "a lock by command stays if the file says nothing"
        )
        assert "locked: yes -> no" in apply("[user.alice]\nlocked = false\n").stdout
        assert "active" in pairgrant_server("user", "list").stdout

    def test_language_and_time_zone_are_set_and_removed(self, apply: Apply) -> None:
        added = apply('[user.alice]\nlanguage = "it"\ntime_zone = "Europe/Rome"\n')
        assert added.stdout.splitlines() == [
            "+ user alice",
            "    display_name: alice",
            "    language: it",
            "    time_zone: Europe/Rome",
        ]
        assert apply('[user.alice]\nlanguage = ""\n').stdout.splitlines() == [
            "~ user alice",
            "    language: it -> none",
        ]
        assert "Nothing to change" in apply('[user.alice]\ntime_zone = "Europe/Rome"\n').stdout
        assert "[user.alice]" in apply('[user.alice]\ntime_zone = "Rome"\n').stderr

    def test_user_can_be_added_locked(self, apply: Apply, pairgrant_server: CommandLine) -> None:
        apply("[user.bob]\nlocked = true\n")
        assert "locked" in pairgrant_server("user", "list").stdout


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                TV + "require_dpop = true",
                "[client.tv] require_dpop: unknown key; did you mean requires_dpop?",
            ),
            (TV + "colour = 1", "[client.tv] colour: unknown key; the keys are name,"),
            (TV + "redirect_uris = 7", "[client.tv] redirect_uris: write a list of strings"),
            (TV + "requires_dpop = 'yes'", "[client.tv] requires_dpop: write true or false"),
            (TV + "device_code_lifetime = 1.5", "[client.tv] device_code_lifetime: write a duration"),
            (TV + "connection_lifetime = true", "[client.tv] connection_lifetime: write a duration"),
            (TV + "device_authorizations_per_minute = true", "write a number"),
            (TV + "id_token_algorithm = 7", "[client.tv] id_token_algorithm: write a string"),
            (TV + "jwks = 7", "[client.tv] jwks: write the name of a file"),
            (TV + "jwks = { keys = [] }", "[client.tv] jwks: The keys can't be used"),
            (TV + "jwks = 'no.json'", "[client.tv] jwks: no.json can't be read"),
            (TV + "assertion_issuers = true", "[client.tv] assertion_issuers: write it like"),
            (TV + "optional_scope = 'email'", "[client.tv] optional_scope: Only a scope of the client"),
            (TV + "secret = 'hunter2'", "[client.tv] secret: write true"),
            (TV + "secret_file = 'no.secret'", "[client.tv] secret_file: no.secret can't be read"),
            (TV + "secret_file = true", "[client.tv] secret_file: write the name of a file"),
            ("[client.tv]\ngrant_types = ['device_code']", "[client.tv] name: required"),
            ("[client.tv]\nname = 'TV'", "[client.tv] grant_types: Name at least one grant type"),
            ("[client.tv]\nname = 'TV'\ngrant_types = ['implicit']", "RFC 9700"),
            ("[client.my.app]\nname = 'App'", '[client."my.app"]'),
            ("[server]\nport = 1", "[server]: unknown table"),
            ('[scope."a:b"]\ntitel = "x"', "[scope.a:b] titel: unknown key; did you mean title?"),
            ('[scope."a:b"]\nstrong = true', "[scope.a:b] title: A scope needs a title"),
            ('[scope."a:b"]\ntitle = 1', "[scope.a:b] title: write a string"),
            ('[scope."a:b"]\ntitle = "x"\nstrong = 1', "[scope.a:b] strong: write true or false"),
            ('[scope."a:b"]\ntitle = "x"\nicon = "dog"', "[scope.a:b] icon: write one of account, "),
            ('[scope."a:b"]\ncolour = "red"', "[scope.a:b] colour: unknown key; the keys are title, "),
            (
                '[scope."a:b".it]\nicon = "key"',
                "[scope.a:b.it] icon: unknown key; the keys are title, sentence",
            ),
            ('[scope."a b"]\ntitle = "x"', "[scope.a b] name: 'a b' is not a scope"),
            ("client = 7", "client: write tables, like [client.NAME]"),
            ("[client]\ntv = 7", "[client] tv: unknown key"),
            ("[user.alice]\npassword = 'x'", "[user.alice] password: this file holds no passwords"),
            ("[user.alice]\nlocked = 'yes'", "[user.alice] locked: write true or false"),
            ("[user.alice]\nemail = 'alice'", "[user.alice]: That is not an e-mail address"),
            ("[user.'a b']\nlocked = true", "A username needs"),
            ("[client.tv", "it is not valid TOML"),
            (b"\xff".decode("latin-1") + "[", "it is not valid TOML"),
        ],
    )
    def test_error_names_its_table_and_key(self, tmp_path: Path, text: str, expected: str) -> None:
        file = tmp_path / "pairgrant.toml"
        file.write_text(text)
        with pytest.raises(ConfigurationError) as refusal:
            plan(
                load_configuration(file),
                CurrentState({}, {}),
                PlanInputs(0.0, lambda *_: b"", new_secret, str.casefold),
                prune=False,
            )
        assert expected in str(refusal.value)

    def test_all_errors_are_reported_together_and_nothing_is_changed(
        self, apply: Apply, pairgrant_server: CommandLine
    ) -> None:
        text = TV + "[client.bad]\nname = 'Bad'\ngrant_types = ['device_code']\ntrusted_networks = ['x']\n"
        text += "[user.'b b']\nlocked = true\n"
        done = apply(text)
        assert (done.returncode, done.stdout) == (1, "")
        first, *others = done.stderr.splitlines()[-3:]
        assert first == "pairgrant-server: Nothing was changed."
        assert "pairgrant.toml: [client.bad] trusted_networks: " in others[0]
        assert "pairgrant.toml: [user.b b]: " in others[1]
        assert clients_of(pairgrant_server) == []

    def test_missing_file_is_reported(self, pairgrant_server: CommandLine) -> None:
        assert "can't be read" in pairgrant_server("apply", "/no/such/file.toml").stderr
