"""``pairgrant-server`` and ``python -m pairgrant_server``: the command line, if its extra is installed."""

import sys

from pairgrant_server.missing_extra import MissingExtraError, require_extra

SERVER_MODULES = (
    "argon2",
    "babel",
    "cryptography",
    "httptools",
    "idna",
    "jinja2",
    "maxminddb",
    "nicegui",
    "orjson",
    "pydantic",
    "pydantic_settings",
    "starlette",
    "structlog",
    "typer",
    "tzdata",
    "uvicorn",
    "uvloop",
)
"""What the extra ``server`` installs."""


def main() -> None:
    """Run one command, or say in one sentence what to install."""
    try:
        require_extra("server", SERVER_MODULES, "The server")
    except MissingExtraError as error:
        sys.stderr.write(f"pairgrant-server: {error}\n")
        sys.exit(1)
    from pairgrant_server.cli import main as run_command  # noqa: PLC0415 - needs the extra

    run_command()


if __name__ == "__main__":
    main()
