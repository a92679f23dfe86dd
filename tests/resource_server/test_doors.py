"""What the resource server may import: it verifies tokens like a third party and knows nothing of the
issuer's insides.

The modules about DPoP proofs, public keys and scopes are pure, and shared.
"""

import ast
from importlib.resources import files

ALLOWED = {
    "pairgrant_server.authorization_server.clock",
    "pairgrant_server.authorization_server.jose.dpop_proof",
    "pairgrant_server.authorization_server.jose.seen_proofs",
    "pairgrant_server.authorization_server.jose.public_keys",
    "pairgrant_server.authorization_server.model.records",
    "pairgrant_server.authorization_server.model.scopes",
    "pairgrant_server.authorization_server.store.errors",
    "pairgrant_server.authorization_server.store.interface.notices",
    "pairgrant_server.errors",
    "pairgrant_server.request_id",
}


def test_resource_server_imports_only_the_allowed_modules() -> None:
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
