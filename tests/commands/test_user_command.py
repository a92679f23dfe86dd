"""``pairgrant-server user``: accounts, their passwords and their connected devices."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pairgrant_server.authorization_server.model.records import ConnectedDevice, Identity
from pairgrant_server.authorization_server.store.sqlite.store import SqliteStore
from tests.commands.command_line import CommandLine, output_of, refusal_of

PASSWORD = "correct horse battery"


@pytest.fixture
def alice(pairgrant_server: CommandLine) -> CommandLine:
    """The command line, on a database with the user alice."""
    words = ("--email", "alice@example.org", "--password-stdin")
    assert pairgrant_server("user", "add", "alice", *words, stdin=PASSWORD).returncode == 0
    return pairgrant_server


def known_of(run: CommandLine, name: str) -> dict[str, Any]:
    known: dict[str, Any] = json.loads(output_of(run("user", "show", name, "--json")))
    return known


def put_into_database(folder: Path, *devices: ConnectedDevice, identity: Identity | None = None) -> None:
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


def test_account_is_shown_without_the_password_hash(alice: CommandLine, tmp_path: Path) -> None:
    known = known_of(alice, "ALICE")
    assert (known["username"], known["email"], known["locked"]) == ("alice", "alice@example.org", False)
    assert (known["has_password"], known["signs_in_elsewhere"]) == (True, [])
    put_into_database(tmp_path, identity=Identity("https://idp.example", "248289", known["user_id"], 0.0))
    shown = output_of(alice("user", "show", "alice"))
    assert "https://idp.example as 248289" in shown
    assert "argon2" not in shown + output_of(alice("user", "list", "--json"))


def test_profile_is_changed_and_an_empty_address_is_removed(alice: CommandLine) -> None:
    output_of(alice("user", "set", "alice", "--display-name", "Alice Liddell"))
    output_of(alice("user", "set", "alice", "--email", ""))
    known = known_of(alice, "alice")
    assert (known["display_name"], known["email"]) == ("Alice Liddell", None)
    assert "email: " in output_of(alice("user", "show", "alice"))
    assert "Give --display-name, --email, --language or --time-zone" in refusal_of(
        alice("user", "set", "alice")
    )
    assert "not an e-mail address" in refusal_of(alice("user", "set", "alice", "--email", "alice"))


def test_language_and_time_zone_are_changed_and_checked(alice: CommandLine) -> None:
    output_of(alice("user", "set", "alice", "--language", "en"))
    output_of(alice("user", "set", "alice", "--time-zone", "Europe/Rome"))
    known = known_of(alice, "alice")
    assert (known["language"], known["time_zone"]) == ("en", "Europe/Rome")
    output_of(alice("user", "set", "alice", "--language", ""))
    assert known_of(alice, "alice")["language"] is None
    assert "one of en" in refusal_of(alice("user", "set", "alice", "--language", "tlh"))
    wrong = alice("user", "set", "alice", "--time-zone", "Rome", "--display-name", "A")
    assert "Europe/Rome" in refusal_of(wrong)
    assert known_of(alice, "alice")["display_name"] == known["display_name"], "nothing was changed"


def test_password_is_changed_to_a_given_or_generated_one(alice: CommandLine) -> None:
    done = alice("user", "password", "alice", "--password-stdin", stdin="battery horse correct\n")
    assert "signed out in every browser" in output_of(done)
    made = alice("user", "password", "alice", "--generate")
    assert len(output_of(made).splitlines()[1]) == 24
    assert "shown only once" in made.stderr
    assert "at least 15" in refusal_of(alice("user", "password", "alice", "--password-stdin", stdin="short"))


def test_minimum_length_of_passwords_is_a_setting(alice: CommandLine) -> None:
    words = ("user", "password", "alice", "--password-stdin")
    output_of(alice(*words, stdin="8letters", PAIRGRANT_MIN_PASSWORD_LENGTH="8"))
    assert "PAIRGRANT_MIN_PASSWORD_LENGTH" in refusal_of(
        alice(*words, stdin="7letter", PAIRGRANT_MIN_PASSWORD_LENGTH="7")
    )


def test_user_can_be_added_without_a_password(pairgrant_server: CommandLine) -> None:
    output_of(pairgrant_server("user", "add", "bob", "--no-password"))
    assert known_of(pairgrant_server, "bob")["has_password"] is False
    made = output_of(pairgrant_server("user", "add", "carol", "--generate")).splitlines()
    assert (made[0], len(made[1])) == ("Added carol.", 24)


class TestDevices:
    @pytest.fixture(autouse=True)
    def _connected(self, alice: CommandLine, tmp_path: Path) -> None:
        output_of(alice("client", "add", "tv", "--name", "TV", "--grant", "device_code"))
        user_id = known_of(alice, "alice")["user_id"]
        put_into_database(tmp_path, device(user_id, 0xA1), device(user_id, 0xA2))

    def test_devices_are_listed_with_control_characters_made_visible(self, alice: CommandLine) -> None:
        lines = output_of(alice("user", "devices", "alice")).splitlines()
        assert len(lines) == 2
        assert all("\x1b" not in line and "(tv), seen" in line for line in lines)
        listed = json.loads(output_of(alice("user", "devices", "alice", "--json")))
        assert {one["client_id"] for one in listed} == {"tv"}
        assert known_of(alice, "alice")["connected_devices"] == 2

    def test_own_name_and_pending_removal_are_listed(self, alice: CommandLine, tmp_path: Path) -> None:
        user_id = known_of(alice, "alice")["user_id"]
        facts = {"given_name": "Kitchen\x1b", "remove_at": 3_900_000_000.0}
        put_into_database(tmp_path, replace(device(user_id, 0xB1), **facts))  # type: ignore[arg-type]
        (line,) = (one for one in output_of(alice("user", "devices", "alice")).splitlines() if "b1 " in one)
        assert "“Kitchen\\x1b”, Screen 177" in line
        assert line.endswith(", being removed by its user")
        listed = json.loads(output_of(alice("user", "devices", "alice", "--json")))
        (shown,) = (one for one in listed if one["given_name"])
        assert shown["remove_at"].startswith("2093-08-01T21:20:00")
        assert (shown["kind"], shown["name"]) == ("device", "Screen 177\x1b[31m")
        assert "“Kitchen" in output_of(alice("user", "revoke-device", "alice", f"{0xB1:032x}"))

    def test_device_is_disconnected_by_its_id_or_a_prefix(self, alice: CommandLine) -> None:
        assert "2 devices" in refusal_of(alice("user", "revoke-device", "alice", "0000"))
        assert "no device" in refusal_of(alice("user", "revoke-device", "alice", "ffff"))
        assert "Disconnected: Screen 161" in output_of(
            alice("user", "revoke-device", "alice", f"{0xA1:032X}")
        )
        assert "Disconnected: Screen 162" in output_of(alice("user", "revoke-device", "alice", "0000"))
        assert "Nothing is connected" in alice("user", "devices", "alice").stderr

    def test_all_devices_are_disconnected(self, alice: CommandLine) -> None:
        assert "Screen 161" in output_of(alice("user", "revoke-device", "alice", "--all"))
        assert "nothing was connected" in output_of(alice("user", "revoke-device", "alice", "--all"))

    def test_new_password_disconnects_all_devices(self, alice: CommandLine) -> None:
        done = output_of(
            alice("user", "password", "alice", "--password-stdin", stdin="battery horse correct")
        )
        assert "all devices are disconnected" in done
        assert known_of(alice, "alice")["connected_devices"] == 0

    def test_new_password_keeps_the_devices_if_asked_to(self, alice: CommandLine) -> None:
        words = ("user", "password", "alice", "--password-stdin", "--keep-devices")
        assert "all devices stay connected" in output_of(alice(*words, stdin="battery horse correct"))
        assert known_of(alice, "alice")["connected_devices"] == 2

    @pytest.mark.parametrize("words", [(), ("0000", "--all")])
    def test_revoke_device_needs_a_device_or_all(self, alice: CommandLine, words: tuple[str, ...]) -> None:
        assert "--all" in refusal_of(alice("user", "revoke-device", "alice", *words))


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
def test_unknown_user_is_refused(pairgrant_server: CommandLine, words: tuple[str, ...]) -> None:
    assert "no user 'unknown'" in refusal_of(pairgrant_server("user", words[0], "unknown", *words[1:]))


class TestPasswordPrompt:
    def test_prompt_names_the_length_and_asks_again_after_a_refusal(
        self, pairgrant_server: CommandLine
    ) -> None:
        done = pairgrant_server("user", "add", "alice", typed=["short", PASSWORD, PASSWORD])
        assert output_of(done) == "Added alice.\n"
        assert done.stderr.count("Password (at least 15 characters)") == 2
        assert "needs at least 15 characters" in done.stderr
        assert known_of(pairgrant_server, "alice")["has_password"]

    def test_prompt_names_the_length_of_the_setting(self, pairgrant_server: CommandLine) -> None:
        done = pairgrant_server(
            "user", "add", "alice", typed=["8letters", "8letters"], PAIRGRANT_MIN_PASSWORD_LENGTH="8"
        )
        assert "Password (at least 8 characters)" in done.stderr
        assert done.returncode == 0

    @pytest.mark.parametrize("words", [("add", "bob"), ("password", "alice")])
    def test_without_a_terminal_the_options_that_need_none_are_named(
        self, alice: CommandLine, words: tuple[str, str]
    ) -> None:
        assert "use --password-stdin or --generate" in refusal_of(alice("user", *words))

    def test_passwords_that_differ_are_asked_for_again(self, pairgrant_server: CommandLine) -> None:
        done = pairgrant_server("user", "add", "alice", typed=[PASSWORD, f"{PASSWORD}!", PASSWORD, PASSWORD])
        assert output_of(done) == "Added alice.\n"
        assert done.stderr.count("The two passwords differ.") == 1

    def test_taken_or_malformed_username_is_refused_before_the_prompt(self, alice: CommandLine) -> None:
        taken = alice("user", "add", "Alice", typed=[])
        assert "taken" in refusal_of(taken)
        malformed = alice("user", "add", "a b", typed=[])
        assert "A username needs" in refusal_of(malformed)
        assert "Password" not in taken.stderr + malformed.stderr

    def test_unknown_user_is_refused_before_the_prompt(self, pairgrant_server: CommandLine) -> None:
        done = pairgrant_server("user", "password", "unknown", typed=[])
        assert "no user 'unknown'" in refusal_of(done)
        assert "Password" not in done.stderr

    def test_new_password_of_a_known_user_is_prompted_for(self, alice: CommandLine) -> None:
        done = alice("user", "password", "alice", typed=["battery horse correct"] * 2)
        assert "signed out in every browser" in output_of(done)
