"""``python -m pairgrant_server`` is ``pairgrant-server``."""

from pairgrant_server.cli import main

if __name__ == "__main__":
    main()
