"""Approves or denies a code at a server of the tests, as `pairgrant doctor` asks for it:

python -m tests.interop.decide URL     a GET of URL/DECISION?user_code=USER_CODE
"""

import os
import sys

import httpx


def main(url: str) -> None:
    asked = {"user_code": os.environ["USER_CODE"]}
    httpx.get(f"{url}/{os.environ['DECISION']}", params=asked, trust_env=False).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
