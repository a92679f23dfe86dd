"""A command line with Typer: login, notices and logout, with exit codes that say what happened.

NOTICES_ISSUER=https://pair.example python typer_cli.py login
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import httpx
import typer

import pairgrant

app = typer.Typer(no_args_is_help=True)
Issuer = Annotated[str, typer.Option(envvar="NOTICES_ISSUER")]


@contextmanager
def opened(issuer: str) -> Iterator[pairgrant.SyncClient]:
    folder = typer.get_app_dir("notices")
    try:
        with pairgrant.SyncClient(issuer, "lobby-tv", storage=f"{folder}/tokens.json") as client:
            yield client
    except pairgrant.PairgrantError as error:  # 3 denied, 4 expired, 5 not signed in, …
        typer.echo(f"notices: {error}", err=True)
        raise typer.Exit(error.exit_code) from None


@app.command()
def login(issuer: Issuer) -> None:
    with opened(issuer) as client, client.pair() as pairing:
        typer.echo(f"Open {pairing.verification_uri} and enter {pairing.user_code}")
        pairing.tokens()
        typer.echo(f"Hello, {client.userinfo().display_name or 'you'}")


@app.command()
def notices(issuer: Issuer) -> None:
    with opened(issuer) as client, httpx.Client(auth=client.auth(), base_url=issuer) as http:
        for notice in http.get("/board/notices").raise_for_status().json()["notices"]:
            typer.echo(notice["text"])


@app.command()
def logout(issuer: Issuer) -> None:
    with opened(issuer) as client:
        client.sign_out()


if __name__ == "__main__":
    app()
