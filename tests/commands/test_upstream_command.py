"""``pairgrant-server upstream`` and ``user link``: providers, and users' accounts at them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.commands.command_line import CommandLine, output_of, refusal_of

ISSUER = "https://accounts.example"
EXAMPLE = ("upstream", "add", "example", "--issuer", ISSUER, "--client-id", "pairgrant", "--no-check")


@pytest.fixture
def provider() -> Iterator[str]:
    """The issuer of a fake provider on a free port."""
    script = Path(__file__).parents[1] / "fake_provider.py"
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


class TestAdding:
    def test_provider_is_added_listed_shown_and_removed(self, pairgrant_server: CommandLine) -> None:
        words = (*EXAMPLE, "--label", "Example & Co.", "--client-secret-stdin")
        done = pairgrant_server(*words, stdin="s3cret\n", PAIRGRANT_PUBLIC_URL="https://pair.example")
        assert output_of(done).splitlines()[1] == "https://pair.example/signin/from/example"
        listed = output_of(pairgrant_server("upstream", "list"))
        assert f"example  {ISSUER}  “Example & Co.”, linked users only" in listed
        shown = output_of(pairgrant_server("upstream", "show", "example", "--json"))
        assert "s3cret" not in shown
        facts = json.loads(shown)
        assert (facts["has_secret"], facts["creates_accounts"], facts["scope"]) == (
            True,
            False,
            "openid profile email",
        )
        assert "has_secret:         yes" in output_of(pairgrant_server("upstream", "show", "example"))
        assert "Removed example." in output_of(pairgrant_server("upstream", "remove", "example"))
        assert "no provider 'example'" in refusal_of(pairgrant_server("upstream", "remove", "example"))
        assert "upstream add --help" in pairgrant_server("upstream", "list").stderr

    def test_accounts_are_created_only_if_asked_for(self, pairgrant_server: CommandLine) -> None:
        output_of(pairgrant_server(*EXAMPLE, "--create-accounts"))
        assert "creates accounts" in output_of(pairgrant_server("upstream", "list"))

    def test_provider_is_checked_before_it_is_added(
        self, pairgrant_server: CommandLine, provider: str
    ) -> None:
        words = ("upstream", "add", "example", "--client-id", "pairgrant", "--issuer")
        refusal = refusal_of(pairgrant_server(*words, f"{provider}/elsewhere"))
        assert "responded with 404" in refusal
        assert "--no-check" in refusal
        assert f"its issuer is {provider}, not {provider}/" in refusal_of(
            pairgrant_server(*words, f"{provider}/")
        )
        assert "Added example." in output_of(pairgrant_server(*words, provider))
        assert "already" in refusal_of(pairgrant_server(*words, provider))

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"name": "Example"}, "lower-case letters"),
            ({"name": "x" * 33}, "lower-case letters"),
            ({"--issuer": "accounts.example"}, "https://accounts.example.org"),
            ({"--issuer": "http://accounts.example"}, "--allow-http"),
            ({"--client-id": ""}, "--client-id"),
            ({"--label": "a\u202eb"}, "visible"),
            ({"--scope": "profile email"}, "has to include openid"),
            ({"--scope": 'openid "'}, "has to include openid"),
        ],
        ids=str,
    )
    def test_invalid_provider_is_refused_with_the_reason(
        self, pairgrant_server: CommandLine, changes: dict[str, str], expected: str
    ) -> None:
        options = {"--issuer": ISSUER, "--client-id": "pairgrant", **changes}
        name = options.pop("name", "example")
        words = [word for option in options.items() for word in option]
        assert expected in refusal_of(pairgrant_server("upstream", "add", name, *words, "--no-check"))

    def test_empty_client_secret_is_refused(self, pairgrant_server: CommandLine) -> None:
        assert "client secret" in refusal_of(pairgrant_server(*EXAMPLE, "--client-secret-stdin"))


class TestIdentities:
    @pytest.fixture
    def alice(self, pairgrant_server: CommandLine) -> CommandLine:
        output_of(pairgrant_server("user", "add", "alice", "--no-password"))
        output_of(pairgrant_server(*EXAMPLE))
        return pairgrant_server

    def test_identity_is_linked_listed_and_unlinked(self, alice: CommandLine) -> None:
        words = ("alice", "--upstream", "example", "--subject", "248289")
        assert "no account at another provider" in alice("user", "identities", "alice").stderr
        assert "alice can now sign in with example." in output_of(alice("user", "link", *words))
        assert f"{ISSUER}  248289  since 20" in output_of(alice("user", "identities", "alice"))
        known: list[dict[str, Any]] = json.loads(output_of(alice("user", "identities", "alice", "--json")))
        assert [(one["issuer"], one["subject"]) for one in known] == [(ISSUER, "248289")]
        output_of(alice("user", "unlink", *words))
        assert "does not sign in with that account" in refusal_of(alice("user", "unlink", *words))

    def test_subject_of_an_issuer_of_assertions_is_linked(self, alice: CommandLine, tmp_path: Path) -> None:
        keys = tmp_path / "keys.json"
        keys.write_text(json.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}))
        words = ("user", "link", "alice", "--issuer", "https://staff.example", "--subject", "employee 7")
        assert "--assertion-issuer is https://staff.example" in refusal_of(alice(*words))
        policy = ("--assertion-issuer", f"https://staff.example={keys}", "--secret")
        output_of(alice("client", "add", "exchange", "--name", "X", "--grant", "jwt_bearer", *policy))
        output_of(alice(*words))
        assert "https://staff.example  employee 7" in output_of(alice("user", "identities", "alice"))

    def test_link_needs_a_provider_or_an_issuer(self, alice: CommandLine) -> None:
        words = ("user", "link", "alice", "--subject", "1")
        for more in ((), ("--upstream", "example", "--issuer", ISSUER)):
            assert "Give one of them" in refusal_of(alice(*words, *more))

    def test_linked_identity_can_not_be_taken_by_another_user(self, alice: CommandLine) -> None:
        output_of(alice("user", "add", "bob", "--no-password"))
        words = ("--upstream", "example", "--subject", "248289")
        output_of(alice("user", "link", "alice", *words))
        assert "already linked" in refusal_of(alice("user", "link", "bob", *words))
        assert "does not sign in with that account" in refusal_of(alice("user", "unlink", "bob", *words))

    def test_identity_of_a_removed_provider_can_be_unlinked(self, alice: CommandLine) -> None:
        output_of(alice("user", "link", "alice", "--upstream", "example", "--subject", "248289"))
        output_of(alice("upstream", "remove", "example"))
        assert ISSUER in output_of(alice("user", "identities", "alice"))
        output_of(alice("user", "unlink", "alice", "--issuer", ISSUER, "--subject", "248289"))

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (("link", "unknown", "--upstream", "example", "--subject", "1"), "no user 'unknown'"),
            (("link", "alice", "--upstream", "other", "--subject", "1"), "no provider 'other'"),
            (("link", "alice", "--upstream", "example", "--subject", ""), "sub"),
            (("unlink", "alice", "--subject", "1"), "Give one of them"),
            (("unlink", "alice", "--subject", "1", "--upstream", "example", "--issuer", ISSUER), "Give one"),
        ],
    )
    def test_invalid_link_is_refused_with_the_reason(
        self, alice: CommandLine, words: tuple[str, ...], expected: str
    ) -> None:
        assert expected in refusal_of(alice("user", *words))
