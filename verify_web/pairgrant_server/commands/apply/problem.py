"""What is wrong with a file of ``pairgrant-server apply``."""

from dataclasses import dataclass

from pairgrant_server.errors import PairgrantServerError


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in the file: ``[table] key: text``."""

    table: str
    key: str
    text: str

    def __str__(self) -> str:
        where = " ".join(part for part in (f"[{self.table}]" if self.table else "", self.key) if part)
        return f"{where}: {self.text}" if where else self.text


class ConfigurationError(PairgrantServerError):
    """The file has errors, and nothing was changed."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
