"""``pairgrant-server upstream``, and what ``user`` knows of accounts elsewhere: an operator's whole way, and every slip."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands.command_line import CommandLine, Finished

ISSUER = "https://accounts.example"
EXAMPLE = ("upstream", "add", "example", "--issuer", ISSUER, "--client-id", "pairgrant", "--no-check")


def told(done: Finished) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(done: Finished) -> str:
    assert (done.returncode, done.stdout) == (1, ""), done
    return done.stderr


@pytest.fixture
def provider() -> Iterator[str]:
    """A pretend provider on a port of this machine: its issuer."""
    script = Path(__file__).parents[1] / "fake_provider.py"
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


class TestAdding:
    def test_one_is_added_listed_shown_and_removed(self, pairgrant_server: CommandLine) -> None:
        words = (*EXAMPLE, "--label", "Example & Co.", "--client-secret-stdin", "--no-create-accounts")
        done = pairgrant_server(*words, stdin="s3cret\n", PAIRGRANT_PUBLIC_URL="https://pair.example")
        assert told(done).splitlines()[1] == "https://pair.example/signin/from/example"
        listed = told(pairgrant_server("upstream", "list"))
        assert f"example  {ISSUER}  “Example & Co.”, linked people only" in listed
        shown = told(pairgrant_server("upstream", "show", "example", "--json"))
        assert "s3cret" not in shown
        facts = json.loads(shown)
        assert (facts["has_secret"], facts["creates_accounts"], facts["scope"]) == (
            True,
            False,
            "openid profile email",
        )
        assert "has_secret:         yes" in told(pairgrant_server("upstream", "show", "example"))
        assert "Removed example." in told(pairgrant_server("upstream", "remove", "example"))
        assert "no provider 'example'" in refused(pairgrant_server("upstream", "remove", "example"))
        assert "upstream add --help" in pairgrant_server("upstream", "list").stderr

    def test_it_is_asked_whether_it_is_there(self, pairgrant_server: CommandLine, provider: str) -> None:
        words = ("upstream", "add", "example", "--client-id", "pairgrant", "--issuer")
        said = refused(pairgrant_server(*words, f"{provider}/elsewhere"))
        assert "answered 404" in said
        assert "--no-check" in said
        assert f"it calls itself {provider}, not {provider}/" in refused(
            pairgrant_server(*words, f"{provider}/")
        )
        assert "Added example." in told(pairgrant_server(*words, provider))
        assert "already" in refused(pairgrant_server(*words, provider))

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"name": "Example"}, "small letters"),
            ({"name": "x" * 33}, "small letters"),
            ({"--issuer": "accounts.example"}, "https://accounts.example.org"),
            ({"--issuer": "http://accounts.example"}, "--allow-http"),
            ({"--client-id": ""}, "--client-id"),
            ({"--label": "a\u202eb"}, "visible"),
            ({"--scope": "profile email"}, "openid is one of them"),
            ({"--scope": 'openid "'}, "openid is one of them"),
        ],
        ids=str,
    )
    def test_what_can_not_be_is_refused(
        self, pairgrant_server: CommandLine, changes: dict[str, str], expected: str
    ) -> None:
        options = {"--issuer": ISSUER, "--client-id": "pairgrant", **changes}
        name = options.pop("name", "example")
        words = [word for option in options.items() for word in option]
        assert expected in refused(pairgrant_server("upstream", "add", name, *words, "--no-check"))

    def test_an_empty_secret_is_none(self, pairgrant_server: CommandLine) -> None:
        assert "client secret" in refused(pairgrant_server(*EXAMPLE, "--client-secret-stdin"))

    @pytest.mark.parametrize("command", ["add", "list", "show", "remove"])
    def test_help_has_an_example(self, pairgrant_server: CommandLine, command: str) -> None:
        assert "Example: pairgrant-server upstream" in told(pairgrant_server("upstream", command, "--help"))


class TestIdentities:
    @pytest.fixture
    def alice(self, pairgrant_server: CommandLine) -> CommandLine:
        told(pairgrant_server("user", "add", "alice", "--no-password"))
        told(pairgrant_server(*EXAMPLE))
        return pairgrant_server

    def test_one_is_linked_listed_and_unlinked(self, alice: CommandLine) -> None:
        words = ("alice", "--upstream", "example", "--subject", "248289")
        assert "nowhere else" in alice("user", "identities", "alice").stderr
        assert "alice signs in with example too." in told(alice("user", "link", *words))
        assert f"{ISSUER}  248289  since 20" in told(alice("user", "identities", "alice"))
        known: list[dict[str, Any]] = json.loads(told(alice("user", "identities", "alice", "--json")))
        assert [(one["issuer"], one["subject"]) for one in known] == [(ISSUER, "248289")]
        told(alice("user", "unlink", *words))
        assert "does not sign in with that account" in refused(alice("user", "unlink", *words))

    def test_nobody_takes_someone_elses(self, alice: CommandLine) -> None:
        told(alice("user", "add", "bob", "--no-password"))
        words = ("--upstream", "example", "--subject", "248289")
        told(alice("user", "link", "alice", *words))
        assert "linked to someone already" in refused(alice("user", "link", "bob", *words))
        assert "does not sign in with that account" in refused(alice("user", "unlink", "bob", *words))

    def test_one_of_a_provider_that_was_removed_can_be_unlinked(self, alice: CommandLine) -> None:
        told(alice("user", "link", "alice", "--upstream", "example", "--subject", "248289"))
        told(alice("upstream", "remove", "example"))
        assert ISSUER in told(alice("user", "identities", "alice"))
        told(alice("user", "unlink", "alice", "--issuer", ISSUER, "--subject", "248289"))

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (("link", "nobody", "--upstream", "example", "--subject", "1"), "no user 'nobody'"),
            (("link", "alice", "--upstream", "other", "--subject", "1"), "no provider 'other'"),
            (("link", "alice", "--upstream", "example", "--subject", ""), "sub"),
            (("unlink", "alice", "--subject", "1"), "Name the provider"),
            (("unlink", "alice", "--subject", "1", "--upstream", "example", "--issuer", ISSUER), "Name the"),
        ],
    )
    def test_slips(self, alice: CommandLine, words: tuple[str, ...], expected: str) -> None:
        assert expected in refused(alice("user", *words))
