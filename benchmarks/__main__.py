"""``uv run python -m benchmarks``: measure, and print the tables that docs/performance.md explains."""

import tempfile
from pathlib import Path

from benchmarks import load, start_up


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pairgrant-bench-") as folder:
        print("## Start-up\n")
        print(start_up.measure(Path(folder)))
        print("\n## Load\n")
        print(load.measure(Path(folder)))


if __name__ == "__main__":
    main()
