"""``uv run python -m benchmarks.own URL``: measure a device-flow server of your own beside Pairgrant.

The server runs on this machine, on core 0 (``taskset -c 0``), over plain http, with its limits off. PAIR and
REFRESH also need a path that approves a user_code without a person (``--approve``). docs/benchmark.md has the
steps.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from benchmarks import load
from benchmarks.plan import Plan
from benchmarks.processes import NotMeasuredError
from benchmarks.subjects.discovery import DISCOVERY
from benchmarks.subjects.own_server import OwnServer, own_server
from benchmarks.subjects.pairgrant import on_sqlite
from benchmarks.subjects.subject import CLIENT_ID
from benchmarks.workloads import ISSUE, PAIR, REFRESH, Workload, poll

_OPENID = "/.well-known/openid-configuration"
_WORKLOADS = {"poll": poll(1000), "issue": ISSUE, "pair": PAIR, "refresh": REFRESH}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table for each workload; 1 where a figure is invalid, 2 where nothing can be measured."""
    chosen = _arguments(arguments)
    try:
        subject = _subject(chosen)
    except (NotMeasuredError, httpx.HTTPError) as error:
        print(f"{chosen.url}: {error}", file=sys.stderr)
        return 2
    invalid = False
    with tempfile.TemporaryDirectory(prefix="pairgrant-own-", ignore_cleanup_errors=True) as folder:
        plan = Plan(Path(folder), _tell, rounds=chosen.rounds)
        for table in load.measure(_chosen(chosen.only), [on_sqlite(), subject], plan):
            invalid |= "INVALID" in str(table)
            print(f"{table}\n", flush=True)
    return int(invalid)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.own", description=__doc__)
    parser.add_argument("url", help="its issuer, such as http://127.0.0.1:8080")
    parser.add_argument("--client-id", default=CLIENT_ID, help="a public client with the device grant")
    parser.add_argument("--scope", default="offline_access", help="what the client asks for")
    parser.add_argument(
        "--approve", default="/approve", metavar="PATH", help="POST user_code=…, 200 with an approved code"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of two seconds each (default: 5)")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=_WORKLOADS,
        default=tuple(_WORKLOADS),
        metavar="NAME",
        help=f"some of: {' '.join(_WORKLOADS)}",
    )
    return parser.parse_args(arguments)


def _subject(chosen: argparse.Namespace) -> OwnServer:
    """Raises ``NotMeasuredError``, ``httpx.HTTPError``."""
    if shutil.which("wrk") is None:
        raise NotMeasuredError("the load needs wrk (apt install wrk)")
    url = chosen.url.rstrip("/")
    for path in (DISCOVERY, _OPENID):
        response = httpx.get(url + path, timeout=10)
        if response.is_success:
            return own_server(url, response.json(), chosen.client_id, chosen.scope, chosen.approve)
    raise NotMeasuredError(f"neither {DISCOVERY} nor {_OPENID} names its endpoints")


def _chosen(names: Sequence[str]) -> list[Workload]:
    return [workload for name, workload in _WORKLOADS.items() if name in names]


def _tell(line: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
