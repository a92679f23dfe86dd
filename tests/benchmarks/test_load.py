"""What the table of a workload tells: ratios where figures are valid, and loudly where they are not."""

from pathlib import Path

from benchmarks.generator import Load
from benchmarks.load import Measured, table
from benchmarks.subjects.bare import BareApp
from benchmarks.subjects.pairgrant import on_sqlite
from benchmarks.subjects.peers import SERVERS, OidcProvider, PythonPeer, python_peers
from benchmarks.workloads import ISSUE, poll

BARE = BareApp(captured=Path("captured.json"))
OURS = on_sqlite()
PEER = OidcProvider(name="peer")


def load(rate: int, *, slowed_down: int = 0, unexpected: int = 0) -> Load:
    first = "500 oops" if unexpected else ""
    return Load(1.0, rate, slowed_down, unexpected, 0, first, 0.5, 1.0, 2.0)


def test_figures_are_told_as_ratios() -> None:
    bare, peer = [load(1000), load(500), load(2000)], [load(100), load(100), load(400)]
    ours = [load(700), load(400), load(1600)]
    told = table(ISSUE, [Measured(BARE, bare), Measured(OURS, ours), Measured(PEER, peer)])
    assert told.rows == (
        ("bare ASGI app", "1,000 (500 to 2,000)", "1.00", "0.80"),
        ("Pairgrant, SQLite", "700 (400 to 1,600)", "0.80", "1.00"),
        ("peer", "100 (100 to 400)", "0.20", "4.00"),
    )


def test_one_unexpected_answer_makes_a_figure_invalid() -> None:
    told = table(ISSUE, [Measured(BARE, [load(1000)]), Measured(OURS, [load(900), load(900, unexpected=1)])])
    assert told.rows[1] == (
        "Pairgrant, SQLite",
        "**INVALID**: 1 unexpected responses, first: `500 oops`",
        "-",
        "-",
    )


def test_what_was_not_measured_says_why() -> None:
    told = table(ISSUE, [Measured(BARE, [load(1000)]), Measured(PEER, why_not="needs node and npm")])
    assert told.rows[1] == ("peer", "not measured: needs node and npm", "-", "-")


def test_the_mix_of_the_answers_to_polls_is_told() -> None:
    assert (
        table(poll(1000), [Measured(BARE, [load(9)])]).note == "Every response was `authorization_pending`."
    )
    assert (
        table(poll(1000), [Measured(BARE, [load(9, slowed_down=4)])]).note == "4 responses were `slow_down`."
    )


def test_every_peer_has_its_server() -> None:
    assert {path.name for path in (SERVERS / "oidc-provider").iterdir()} == {
        "memory.mjs",
        "package.json",
        "redis.mjs",
        "server.mjs",
    }
    for peer in python_peers():
        assert isinstance(peer, PythonPeer)
        folder = SERVERS / peer.folder
        assert all((folder / name).is_file() for name in ("requirements.txt", "server.py", "seed.py"))
        assert (folder / "prepare.py").is_file() == peer.has_to_prepare
