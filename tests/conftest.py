"""What every folder may need: a free port, a real PostgreSQL, and quick programs; and how a run is divided.

PostgreSQL is the server that PAIRGRANT_TEST_POSTGRESQL names (its user may make databases), else a throw-away
cluster of Debian's binaries. Each test has databases of its own.
"""

import asyncio
import itertools
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from pairgrant_server import security_events
from pairgrant_server.event_flood import EventFlood
from tests.postgresql_server import PASSWORD, PostgresqlServer, as_owner, binaries
from tests.processes.forked_programs import ForkedPrograms
from tests.quick_servers import quicken

os.environ.pop("LC_ALL", None)
os.environ["LC_MESSAGES"] = "C.UTF-8"  # English texts, whatever the language of the machine
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # never the keyring of the machine
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the processes that tests start are quicker with bytecode
# A shell starts background jobs without SIGINT, nohup without SIGHUP; programs that tests start need both.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Hypothesis uses the same examples every time; EXPLORE=1 looks for new ones, outside CI.
settings.register_profile(
    "deterministic",
    derandomize=True,
    print_blob=True,
    deadline=None,
    database=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is no fault
)
settings.register_profile("explore", print_blob=True, deadline=None, max_examples=5000)

EXPLORING = "EXPLORE" in os.environ and os.environ.get("CI", "").lower() != "true"
settings.load_profile("explore" if EXPLORING else "deterministic")

MOST_PROCESSES = 4
"""Each keeps a browser and a PostgreSQL busy besides itself."""


def _takes(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return _takes(probe, port)


SLOW_FOLDERS = {
    "crash",
    "deploy",
    "fuzz",
    "interop",
    "journey",
    "packaging",
    "phishing",
    "smoke",
    "device/tui",
}
"""They start servers and browsers, draw the screens of a terminal, kill processes, install packages, or try
thousands of requests.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what ``make quick`` leaves out."""
    for item in items:
        *folders, _ = item.path.relative_to(Path(__file__).parent).parts
        is_in_slow_folder = {"/".join(folders[:1]), "/".join(folders[:2])} & SLOW_FOLDERS
        if is_in_slow_folder or item.get_closest_marker("browser") or _needs_postgresql(item):
            item.add_marker("slow")


def _needs_postgresql(item: pytest.Item) -> bool:
    if not isinstance(item, pytest.Function):
        return False
    engines = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return "postgresql_server" in item.fixturenames or "postgresql" in engines


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process for each core if the whole suite runs; none beside this one if paths are named or output is
    wanted live."""
    named = config.args_source is pytest.Config.ArgsSource.ARGS and set(config.args) != {"tests"}
    if named or config.option.capture == "no":
        return 0
    return min(os.cpu_count() or 1, MOST_PROCESSES)


@pytest.fixture(autouse=True)
def quick_servers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Start servers quickly, except where a test is marked ``as_shipped``."""
    with pytest.MonkeyPatch.context() as patch:
        if request.node.get_closest_marker("as_shipped") is None:
            quicken(patch)
        yield


@pytest.fixture(autouse=True)
def no_counted_events() -> Iterator[None]:
    """Each test begins without earlier security events, of which further ones would only be counted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(security_events, "flood", EventFlood(time.monotonic))
        yield


@pytest.fixture(scope="session")
def free_port() -> Iterator[Callable[[], int]]:
    """Gives a port that stays free until the test's server takes it, and while that is started again.

    It is below the ports that Linux gives to outgoing connections (from 32768). Each process that runs tests
    takes a hundred ports, and holds the first of them so that no other process takes the same hundred.
    """
    with socket.socket() as claim:
        first = next(port for port in range(20_000, 32_000, 100) if _takes(claim, port))
        ports = filter(_is_free, itertools.cycle(range(first + 1, first + 100)))
        yield lambda: next(ports)


@pytest.fixture(scope="session")
def forked_programs() -> Iterator[ForkedPrograms]:
    """Starts processes of our programs quickly."""
    programs = ForkedPrograms()
    yield programs
    programs.close()


@pytest.fixture(scope="session")
def postgresql_server(free_port: Callable[[], int]) -> Iterator[PostgresqlServer]:
    if url := os.environ.get("PAIRGRANT_TEST_POSTGRESQL"):
        server = PostgresqlServer(url)
        yield server
        loop = asyncio.new_event_loop()
        for name in server.free:
            loop.run_until_complete(server.run(f"DROP DATABASE {name} WITH (FORCE)"))
        loop.close()
        return
    folder_of_binaries = binaries()
    folder = Path(tempfile.mkdtemp(prefix="pairgrant-postgresql-"))
    try:
        (folder / "password").write_text("p/ss-w0rd")
        if os.geteuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, "postgres")
        owner = ("-U", "pairgrant", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}")
        as_owner(
            folder_of_binaries / "initdb",
            "-D",
            folder / "data",
            "--no-locale",
            "--no-sync",
            "-E",
            "UTF8",
            *owner,
        )
        server = PostgresqlServer(
            f"postgresql://pairgrant:{PASSWORD}@127.0.0.1:{free_port()}/postgres", folder
        )
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
async def empty_database(postgresql_server: PostgresqlServer) -> AsyncIterator[str]:
    """The URL of a database of this test's own."""
    async with postgresql_server.empty_database() as url:
        yield url
