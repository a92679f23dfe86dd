"""``pairgrant-server user``: what an operator can know and change of a person, and of what is connected in their name."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from pairgrant_server.authorization_server.model.records import ConnectedDevice, Identity
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from tests.commands.command_line import CommandLine, Finished

PASSWORD = "correct horse battery"


@pytest.fixture
def alice(pairgrant_server: CommandLine) -> CommandLine:
    """The commands, and a person to try them on."""
    words = ("--email", "alice@example.org", "--password-stdin")
    assert pairgrant_server("user", "add", "alice", *words, stdin=PASSWORD).returncode == 0
    return pairgrant_server


def told(done: Finished) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(done: Finished) -> str:
    assert (done.returncode, done.stdout) == (1, ""), done
    return done.stderr


def known_of(run: CommandLine, name: str) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(told(run("user", "show", name, "--json")))
    return known


def in_the_database(folder: Path, *devices: ConnectedDevice, identity: Identity | None = None) -> None:
    async def put() -> None:
        store = SqliteStore.open(folder / "pairgrant.db")
        for device in devices:
            await store.add_connected_device(device)
        if identity is not None:
            assert await store.add_identity(identity)
        await store.close()

    asyncio.run(put())


def device(user_id: str, number: int) -> ConnectedDevice:
    return ConnectedDevice(
        device_id=f"{number:032x}",
        user_id=user_id,
        client_id="tv",
        scope=("openid",),
        name=f"Screen {number}\x1b[31m",
        address="192.0.2.7",
        created_at=1_790_000_000.0,
        last_seen_at=1_790_000_000.0,
        auth_time=1_790_000_000.0,
        expires_at=4_000_000_000.0,
    )


def test_what_is_known_is_shown_and_no_hash(alice: CommandLine, tmp_path: Path) -> None:
    known = known_of(alice, "ALICE")
    assert (known["username"], known["email"], known["locked"]) == ("alice", "alice@example.org", False)
    assert (known["has_password"], known["signs_in_elsewhere"]) == (True, [])
    in_the_database(tmp_path, identity=Identity("https://idp.example", "248289", known["user_id"], 0.0))
    shown = told(alice("user", "show", "alice"))
    assert "https://idp.example as 248289" in shown
    assert "argon2" not in shown + told(alice("user", "list", "--json"))


def test_a_profile_is_changed_and_an_empty_address_is_none(alice: CommandLine) -> None:
    told(alice("user", "set", "alice", "--display-name", "Alice Liddell"))
    told(alice("user", "set", "alice", "--email", ""))
    known = known_of(alice, "alice")
    assert (known["display_name"], known["email"]) == ("Alice Liddell", None)
    assert "email: " in told(alice("user", "show", "alice"))
    assert "Name what to change" in refused(alice("user", "set", "alice"))
    assert "no e-mail address" in refused(alice("user", "set", "alice", "--email", "alice"))


def test_a_password_is_changed_typed_or_made(alice: CommandLine) -> None:
    done = alice("user", "password", "alice", "--password-stdin", stdin="battery horse correct\n")
    assert "signed out everywhere" in told(done)
    made = alice("user", "password", "alice", "--generate")
    assert len(told(made).splitlines()[1]) == 24
    assert "shown only now" in made.stderr
    assert "at least 15" in refused(alice("user", "password", "alice", "--password-stdin", stdin="short"))


def test_the_length_is_a_setting(alice: CommandLine) -> None:
    words = ("user", "password", "alice", "--password-stdin")
    told(alice(*words, stdin="8letters", PAIRGRANT_MIN_PASSWORD_LENGTH="8"))
    assert "PAIRGRANT_MIN_PASSWORD_LENGTH" in refused(
        alice(*words, stdin="7letter", PAIRGRANT_MIN_PASSWORD_LENGTH="7")
    )


def test_one_who_signs_in_elsewhere_has_no_password(pairgrant_server: CommandLine) -> None:
    told(pairgrant_server("user", "add", "bob", "--no-password"))
    assert known_of(pairgrant_server, "bob")["has_password"] is False
    made = told(pairgrant_server("user", "add", "carol", "--generate")).splitlines()
    assert (made[0], len(made[1])) == ("Added carol.", 24)


class TestDevices:
    @pytest.fixture(autouse=True)
    def _connected(self, alice: CommandLine, tmp_path: Path) -> None:
        told(alice("client", "add", "tv", "--name", "TV", "--grant", "device_code"))
        user_id = known_of(alice, "alice")["user_id"]
        in_the_database(tmp_path, device(user_id, 0xA1), device(user_id, 0xA2))

    def test_they_are_listed_with_what_they_say_made_visible(self, alice: CommandLine) -> None:
        lines = told(alice("user", "devices", "alice")).splitlines()
        assert len(lines) == 2
        assert all("\x1b" not in line and "(tv), seen" in line for line in lines)
        listed = json.loads(told(alice("user", "devices", "alice", "--json")))
        assert {one["client_id"] for one in listed} == {"tv"}
        assert known_of(alice, "alice")["connected_devices"] == 2

    def test_one_is_disconnected_by_its_id_or_the_beginning_of_it(self, alice: CommandLine) -> None:
        assert "2 devices" in refused(alice("user", "revoke-device", "alice", "0000"))
        assert "no device" in refused(alice("user", "revoke-device", "alice", "ffff"))
        assert "Disconnected: Screen 161" in told(alice("user", "revoke-device", "alice", f"{0xA1:032X}"))
        assert "Disconnected: Screen 162" in told(alice("user", "revoke-device", "alice", "0000"))
        assert "Nothing is connected" in alice("user", "devices", "alice").stderr

    def test_all_of_them_are(self, alice: CommandLine) -> None:
        assert "Screen 161" in told(alice("user", "revoke-device", "alice", "--all"))
        assert "nothing was connected" in told(alice("user", "revoke-device", "alice", "--all"))

    @pytest.mark.parametrize("words", [(), ("0000", "--all")])
    def test_one_or_all_has_to_be_said(self, alice: CommandLine, words: tuple[str, ...]) -> None:
        assert "--all" in refused(alice("user", "revoke-device", "alice", *words))


@pytest.mark.parametrize(
    "words",
    [
        ("show",),
        ("set", "--email", "a@b.example"),
        ("password", "--generate"),
        ("devices",),
        ("revoke-device", "--all"),
        ("unlock",),
    ],
)
def test_nobody_is_told(pairgrant_server: CommandLine, words: tuple[str, ...]) -> None:
    assert "no user 'nobody'" in refused(pairgrant_server("user", words[0], "nobody", *words[1:]))


class TestPasswordPrompt:
    def test_prompt_names_the_length_and_asks_again_after_a_refusal(
        self, pairgrant_server: CommandLine
    ) -> None:
        done = pairgrant_server("user", "add", "alice", typed=["short", "short", PASSWORD, PASSWORD])
        assert told(done) == "Added alice.\n"
        assert done.stderr.count("Password (at least 15 characters)") == 2
        assert "this one is shorter" in done.stderr
        assert known_of(pairgrant_server, "alice")["has_password"]

    def test_prompt_names_the_length_of_the_setting(self, pairgrant_server: CommandLine) -> None:
        done = pairgrant_server(
            "user", "add", "alice", typed=["8letters", "8letters"], PAIRGRANT_MIN_PASSWORD_LENGTH="8"
        )
        assert "Password (at least 8 characters)" in done.stderr
        assert done.returncode == 0

    def test_taken_or_malformed_username_is_refused_before_the_prompt(self, alice: CommandLine) -> None:
        taken = alice("user", "add", "Alice", typed=[])
        assert "taken" in refused(taken)
        malformed = alice("user", "add", "a b", typed=[])
        assert "A username has" in refused(malformed)
        assert "Password" not in taken.stderr + malformed.stderr

    def test_unknown_user_is_refused_before_the_prompt(self, pairgrant_server: CommandLine) -> None:
        done = pairgrant_server("user", "password", "nobody", typed=[])
        assert "no user 'nobody'" in refused(done)
        assert "Password" not in done.stderr

    def test_new_password_of_a_known_user_is_prompted_for(self, alice: CommandLine) -> None:
        done = alice("user", "password", "alice", typed=["battery horse correct"] * 2)
        assert "signed out everywhere" in told(done)
