"""``python -m pairgrant`` is ``pairgrant``."""

import sys

from pairgrant.cli import main

if __name__ == "__main__":
    sys.exit(main())
