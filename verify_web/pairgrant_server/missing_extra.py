"""What to install where an optional dependency is missing."""

from importlib.util import find_spec

from pairgrant_server.errors import PairgrantServerError


class MissingExtraError(PairgrantServerError):
    """A dependency of an extra is not installed; the text says how to install the extra."""


def require_extra(extra: str, modules: tuple[str, ...], what: str) -> None:
    """Check that ``modules``, which ``extra`` of this distribution installs, can be imported.

    Raises:
        MissingExtraError: one of them can't; ``what`` names what needs it.
    """
    if any(find_spec(module) is None for module in modules):
        raise MissingExtraError(f"{what} is not installed. Install it with: pip install 'pairgrant[{extra}]'")
