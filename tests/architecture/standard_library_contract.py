"""An import-linter contract: a package imports itself and the standard library, and nothing else."""

import sys

import grimp
from importlinter import Contract, ContractCheck, fields, output


class StandardLibraryContract(Contract):
    """Broken by any direct import of ``package`` from outside itself and the standard library."""

    type_name = "standard_library"

    package = fields.StringField()

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:  # noqa: FBT001
        package = str(self.package)
        inside = {package, *graph.find_descendants(package)}
        found = {
            (module, imported)
            for module in inside
            for imported in graph.find_modules_directly_imported_by(module)
            if imported not in inside and imported.partition(".")[0] not in sys.stdlib_module_names
        }
        return ContractCheck(kept=not found, metadata={"found": sorted(found)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for module, imported in check.metadata["found"]:
            output.print_error(f"{module} imports {imported}")
