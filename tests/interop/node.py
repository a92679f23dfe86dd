"""A client in JavaScript, driven line by line."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.interop.person import Person
from tests.interop.provider import Provider
from tests.processes.programs import PATIENCE


class Node:
    """One JavaScript client. It runs a flow, asks for what the person must do, and reports the result."""

    def __init__(self, script: Path, provider: Provider, person: Person) -> None:
        self._person = person
        self._process = subprocess.Popen(
            ["node", script.name, provider.url],
            cwd=script.parent,
            env={**os.environ, "NODE_EXTRA_CA_CERTS": str(provider.authority)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, flow: str, **options: Any) -> dict[str, Any]:
        """What the flow ended with.

        Raises:
            AssertionError: the library refused something; its words are in it.
        """
        self._tell({"flow": flow, **options})
        while True:
            said = self._hear()
            if "visit" in said:
                self._tell({"location": self._person.visit(said["visit"], said.get("decision", "approve"))})
            elif "failed" in said:
                raise AssertionError(said["failed"])
            else:
                ended: dict[str, Any] = said["done"]
                return ended

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()

    def _tell(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"node ended with {self._process.wait(PATIENCE)}"
        message: dict[str, Any] = json.loads(line)
        return message
