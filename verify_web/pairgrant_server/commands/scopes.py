"""``pairgrant-server scope``: how people read the scopes that clients ask for."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from pairgrant_protocol.visible_text import visible
from pairgrant_server.authorization_server.model.defined_scope import (
    ENGLISH,
    DefinedScope,
    Icon,
    ScopeDefinitionError,
    ScopeText,
    checked_definition,
)
from pairgrant_server.authorization_server.model.scopes import SCOPES
from pairgrant_server.backend import Backend
from pairgrant_server.command_error import CommandError
from pairgrant_server.commands.command import DatabaseOption, JsonOption, with_backend

app = typer.Typer(no_args_is_help=True, help="Manage how scopes are described to people.")

NameArgument = Annotated[str, typer.Argument(metavar="SCOPE", help="The scope, as clients request it.")]
_ICONS = ", ".join(icon.value for icon in Icon)


@app.command(
    "set",
    epilog='Example: pairgrant-server scope set reports:read --title "Read your reports" --icon document',
)
def set_scope(
    name: NameArgument,
    *,
    title: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What the scope allows, as a short line: Read your reports."),
    ] = None,
    sentence: Annotated[
        str | None, typer.Option(metavar="TEXT", help='A sentence below the title at consent; "" for none.')
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="CODE", help="Language of the title and the sentence, such as en or it.")
    ] = ENGLISH,
    icon: Annotated[
        str | None, typer.Option(metavar="ICON", help=f'Picture at consent: {_ICONS}; "" for none.')
    ] = None,
    strong: Annotated[
        bool | None,
        typer.Option("--strong/--no-strong", help="Emphasize the scope at consent, and never fold it away."),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Define a scope, or change its definition. Omitted options keep their value.

    Run it once for each language. A page shows the text in its own language, or else in English. A built-in
    scope shows your text instead of its own. Pages use the change within two seconds.
    """
    wanted = _icon(icon)

    async def work(backend: Backend) -> None:
        scopes = backend.parts.scopes
        known = {scope.name: scope for scope in await scopes.all()}
        scope = known.get(name, DefinedScope(name, {}))
        if title is not None or sentence is not None:
            text = scope.texts.get(language, ScopeText(""))
            text = ScopeText(
                text.title if title is None else title, text.sentence if sentence is None else sentence
            )
            scope = replace(scope, texts={**scope.texts, language: text})
        if icon is not None:
            scope = replace(scope, icon=wanted)
        if strong is not None:
            scope = replace(scope, is_strong=strong)
        try:
            await scopes.define(checked_definition(scope))
        except ScopeDefinitionError as error:
            raise CommandError(f"--{error.field}: {error}" if error.field != "name" else str(error)) from None

    with_backend(database, work)
    typer.echo(f"The scope {visible(name)} is defined.")


def _icon(name: str | None) -> Icon | None:
    if not name:
        return None
    try:
        return Icon(name)
    except ValueError:
        raise CommandError(f"--icon: there is no icon {visible(name)!r}; choose one of {_ICONS}.") from None


@app.command("list", epilog="Example: pairgrant-server scope list")
def list_scopes(*, as_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List the built-in scopes and those that you defined, with their English texts."""

    async def work(backend: Backend) -> Sequence[DefinedScope]:
        return await backend.parts.scopes.all()

    defined = {scope.name: scope for scope in with_backend(database, work)}
    names = [*SCOPES, *(name for name in defined if name not in SCOPES)]
    if as_json:
        typer.echo(json.dumps([_facts(name, defined.get(name)) for name in names], indent=2))
        return
    for name in names:
        facts = _facts(name, defined.get(name))
        marks = [
            "built in" if facts["built_in"] else "",
            f"icon {facts['icon']}" if facts["icon"] else "",
            "strong" if facts["strong"] else "",
            f"also in {', '.join(others)}"
            if (others := [code for code in facts["texts"] if code != ENGLISH])
            else "",
        ]
        title = facts["texts"].get(ENGLISH, {}).get("title", "no English title")
        typer.echo("  ".join(filter(None, [name, f"“{title}”", ", ".join(filter(None, marks))])))


def _facts(name: str, scope: DefinedScope | None) -> dict[str, Any]:
    texts = {} if scope is None else scope.texts
    if not texts and name in SCOPES:
        texts = {ENGLISH: ScopeText(str(SCOPES[name]))}
    return {
        "scope": name,
        "built_in": name in SCOPES,
        "defined": scope is not None,
        "icon": None if scope is None or scope.icon is None else scope.icon.value,
        "strong": scope is not None and scope.is_strong,
        "texts": {code: {"title": text.title, "sentence": text.sentence} for code, text in texts.items()},
    }


@app.command(epilog="Example: pairgrant-server scope remove reports:read")
def remove(
    name: NameArgument,
    *,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Remove only the text in this language.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Remove the definition of a scope.

    Clients keep the scope, and pages show its name. A built-in scope shows its own text again.
    """

    async def work(backend: Backend) -> bool:
        scopes = backend.parts.scopes
        if language is None:
            return await scopes.remove(name)
        known = {scope.name: scope for scope in await scopes.all()}
        scope = known.get(name)
        if scope is None or language not in scope.texts:
            return False
        texts = {code: text for code, text in scope.texts.items() if code != language}
        if not texts:
            raise CommandError(f"This is the only text. Remove the definition: scope remove {visible(name)}")
        await scopes.define(replace(scope, texts=texts))
        return True

    if not with_backend(database, work):
        raise CommandError(
            f"{visible(name)} has no definition of yours. List them: pairgrant-server scope list"
        )
    typer.echo(f"The definition of {visible(name)} is removed.")
