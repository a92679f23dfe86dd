"""The server that the clients of other projects use."""

from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import ECKey, Key

from tests.processes.programs import Programs


@dataclass
class Provider:
    """The running server, and what its clients hold."""

    url: str
    authority: Path
    keys: dict[str, Key]
    """Of the client ``signer``: algorithm -> private key."""
    asserting_key: ECKey
    folder: Path
    programs: Programs
    environment: dict[str, str] = field(repr=False)

    @property
    def signing_key(self) -> Key:
        return self.keys["ES256"]

    def command(self, *words: str, stdin: str = "") -> str:
        done = self.programs.run("pairgrant-server", *words, environment=self.environment, stdin=stdin)
        assert done.returncode == 0, done
        return done.stdout

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()
