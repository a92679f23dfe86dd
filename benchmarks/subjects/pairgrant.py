"""Pairgrant itself: a whole ``pairgrant-server run``, on either engine."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import Running, done, free_port, running
from benchmarks.subjects.subject import PERSON, Subject

_APPROVING_SERVER = "benchmarks.subjects.approving_server"
_PROFILED_SERVER = "benchmarks.subjects.profiled_server"
_NEW_DATABASE = "benchmarks.subjects.new_database"


@dataclass(frozen=True, kw_only=True)
class Pairgrant(Subject):
    """``new_database`` returns the URL of an empty database; ``settings`` are PAIRGRANT_… variables.

    ``checkout`` is the clone that is measured, with its own ``.venv``; None is this one.
    """

    new_database: Callable[[Path], str]
    scope: str = "offline_access+board%3Aread"
    settings: Mapping[str, str] = field(default_factory=dict)
    people: tuple[str, ...] = (PERSON,)
    checkout: Path | None = None
    profile: Path | None = None
    """Where a sampler writes the stacks of the server at its end; None: no sampler."""

    @property
    def python(self) -> Path:
        return Path(sys.executable) if self.checkout is None else self.checkout / ".venv/bin/python"

    @contextmanager
    def running(self, folder: Path, *, approves: bool = False) -> Iterator[Running]:
        port = free_port()
        environment = {
            "PAIRGRANT_DATABASE": self.new_database(folder),
            "PAIRGRANT_SERVER_KEY_FILE": str(folder / "server.key"),
            "PAIRGRANT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "PAIRGRANT_INTERVAL": "1",
            "PAIRGRANT_DEVICE_CODE_LIFETIME": "1800",
            "PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_ADDRESS": "0",
            "PAIRGRANT_DEVICE_AUTHORIZATIONS_PER_CLIENT": "0",
            "PAIRGRANT_CONNECTIONS_PER_NETWORK": "100000",
            **self.settings,
        }
        done([self.python, "-m", _NEW_DATABASE, *self.people], environment, self.checkout)
        program = [self.python, "-m", _APPROVING_SERVER] if approves else [self.command("pairgrant-server")]
        if self.profile is not None:
            program = [self.python, "-m", _PROFILED_SERVER]
            environment["PROFILE_FILE"] = str(self.profile)
        with running([*program, "run", "--port", str(port)], port, environment, cwd=self.checkout) as process:
            yield process

    def command(self, name: str) -> Path:
        """The installed command of that name."""
        return self.python.with_name(name)


def on_sqlite(people: tuple[str, ...] = (PERSON,), **settings: str) -> Pairgrant:
    """With synchronous=FULL, as it always is."""
    return Pairgrant(
        name="Pairgrant, SQLite",
        new_database=lambda folder: f"sqlite:///{folder / 'pairgrant.db'}",
        settings=settings,
        people=people,
    )
