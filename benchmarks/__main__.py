"""``uv run python -m benchmarks``: measure, and print the tables that docs/performance.md explains."""

import tempfile
from pathlib import Path

from benchmarks import start_up


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pairgrant-bench-") as folder:
        print("## Start-up\n")
        print(start_up.measure(Path(folder)))


if __name__ == "__main__":
    main()
