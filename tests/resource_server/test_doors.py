"""A stranger: of the authorization server, this package knows a record, a store's interface and a clock, no more.

What a DPoP proof is (RFC 9449) both read alike: those modules are pure, and know nothing of any server.
"""

import ast
from importlib.resources import files

ALLOWED = {
    "pairgrant_server.authorization_server.clock",
    "pairgrant_server.authorization_server.jose.dpop_proof",
    "pairgrant_server.authorization_server.jose.public_keys",
    "pairgrant_server.authorization_server.model.records",
    "pairgrant_server.authorization_server.store.interface",
}


def test_nothing_else_of_the_authorization_server_is_imported() -> None:
    imported = set()
    for file in files("pairgrant_server.resource_server").iterdir():
        if file.name.endswith(".py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module is not None:
                    imported.add(node.module)
                elif isinstance(node, ast.Import):
                    imported.update(alias.name for alias in node.names)
    known = {module for module in imported if module.startswith("pairgrant_server.")}
    inside = {module for module in known if module.startswith("pairgrant_server.resource_server.")}
    assert known - inside == ALLOWED
