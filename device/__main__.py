"""``python -m device``: the same as ``pairgrant``."""

import sys

from device.cli import main

sys.exit(main())
