"""The wheel in fresh environments: what each set of extras installs; both commands run from any folder."""

import os
import pty
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

TOP = Path(__file__).parents[2]
PACKAGES = {"pairgrant", "pairgrant_protocol", "pairgrant_server"}
EXTRAS = ("", "kiosk", "server", "server,postgresql", "demo")
PATIENCE = 120

uv = shutil.which("uv")
if uv is None and not os.environ.get("CI"):
    pytest.skip("needs uv", allow_module_level=True)


def run_uv(*arguments: str | Path, folder: Path) -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    environment = {**os.environ, "UV_EXCLUDE_NEWER": project["tool"]["uv"]["exclude-newer"]}
    environment.pop("VIRTUAL_ENV", None)
    done = subprocess.run(
        [uv or "uv", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment with the wheel, and a working directory that has folders named like the project's."""

    environment: Path
    folder: Path

    @property
    def site_packages(self) -> Path:
        (found,) = self.environment.glob("lib/python*/site-packages")
        return found

    @property
    def distributions(self) -> set[str]:
        return {path.name.split("-")[0].lower() for path in self.site_packages.glob("*.dist-info")}

    @property
    def megabytes(self) -> float:
        files = (path for path in self.site_packages.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return sum(path.stat().st_size for path in files) / 1e6

    def command(self, *words: str) -> list[str]:
        return [str(self.environment / "bin" / words[0]), *words[1:]]

    def variables(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PAIRGRANT_")}
        return ours | {
            "HOME": str(self.folder),
            "PAIRGRANT_DATABASE": f"sqlite:///{self.folder}/pairgrant.db",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The end of a command that has no terminal."""
        return subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    @contextmanager
    def serving(self, port: int) -> Iterator[Path]:
        """A server that runs on ``port``; gives its log."""
        log = self.folder / "server.log"
        command = self.command("pairgrant-server", "run", "--port", str(port))
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.variables(), stdout=output, stderr=output
            )
        try:
            deadline = time.monotonic() + PATIENCE
            while not _is_healthy(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield log
        finally:
            process.terminate()
            process.wait(PATIENCE)

    def run_on_a_terminal(self, *words: str) -> tuple[int, str]:
        """The exit code of a command and what its terminal shows."""
        ours, theirs = pty.openpty()
        environment = self.variables() | {"TERM": "xterm-256color"}
        process = subprocess.Popen(
            self.command(*words), cwd=self.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65_536):
                shown += part
        except OSError:  # Linux reports the end of a terminal as an I/O error
            pass
        finally:
            os.close(ours)
        return process.wait(PATIENCE), shown.decode()


def _is_healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=PATIENCE).is_success
    except httpx.TransportError:
        return False


def install(wheel: Path, extras: str, folder: Path) -> Installed:
    environment = folder / "venv"
    run_uv("venv", "--quiet", "--python", sys.executable, environment, folder=folder)
    wanted = f"pairgrant[{extras}] @ {wheel.as_uri()}" if extras else str(wheel)
    run_uv("pip", "install", "--quiet", "--python", environment, wanted, folder=folder)
    for name in ("shared", "device", "verify_web", "tests"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").touch()
    return Installed(environment, folder)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run_uv("build", "--quiet", "--wheel", "--out-dir", folder, TOP, folder=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installations(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Installed]:
    """One for each of ``EXTRAS``."""
    return {extras: install(wheel, extras, tmp_path_factory.mktemp("elsewhere")) for extras in EXTRAS}


@pytest.fixture
def bare(installations: dict[str, Installed]) -> Installed:
    return installations[""]


@pytest.fixture
def server(installations: dict[str, Installed]) -> Installed:
    return installations["server"]


def test_wheel_holds_the_three_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith((".dist-info", ".data"))} == PACKAGES
    data = {name.partition(".data/")[2] for name in names if ".data/" in name}
    assert "data/share/man/man1/pairgrant-login.1" in data
    assert {name for name in data if not name.startswith("data/share/man/man1/pairgrant")} == set()
    for package in PACKAGES:
        assert f"{package}/py.typed" in names
        assert f"{package}/__init__.py" in names


def test_wheel_holds_every_file_that_the_packages_read(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "shared", "device", "verify_web"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    with zipfile.ZipFile(wheel) as archive:
        assert {line.partition("/")[2] for line in tracked.stdout.splitlines()} <= set(archive.namelist())


def test_extras_bring_what_they_name_and_nothing_else(
    installations: dict[str, Installed], capsys: pytest.CaptureFixture[str]
) -> None:
    drivers = {
        "": set[str](),
        "kiosk": {"textual"},
        "server": {"nicegui", "uvicorn", "argon2_cffi"},
        "server,postgresql": {"nicegui", "uvicorn", "argon2_cffi", "asyncpg"},
        "demo": {"textual", "nicegui", "uvicorn", "argon2_cffi"},
    }
    everything = set[str]().union(*drivers.values())
    with capsys.disabled():
        for extras, installed in installations.items():
            size = f"{len(installed.distributions)} packages, {installed.megabytes:.0f} MB"
            sys.stdout.write(f"\npairgrant[{extras}]: {size}")
        sys.stdout.write("\n")
    assert {
        extras: installed.distributions & everything for extras, installed in installations.items()
    } == drivers


@pytest.mark.parametrize("extras", EXTRAS)
def test_packages_are_imported_from_a_folder_with_the_same_folder_names(
    installations: dict[str, Installed], extras: str
) -> None:
    script = "import pairgrant.device, pairgrant_protocol.user_code, pairgrant_server"
    done = installations[extras].run("python", "-c", script)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("extras", EXTRAS)
def test_device_command_runs_with_any_extras(installations: dict[str, Installed], extras: str) -> None:
    installed = installations[extras]
    done = installed.run("pairgrant", "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "pairgrant"), done.stderr
    assert installed.run("python", "-m", "pairgrant", "--version").stdout == done.stdout
    done = installed.run("pairgrant", "token")
    assert done.returncode != 0
    assert "Not signed in" in done.stderr
    for command in ("kiosk", "login", "logout", "token"):
        assert installed.run("pairgrant", command, "--help").returncode == 0


@pytest.mark.parametrize("extras", ["server", "demo"])
def test_server_command_runs_with_its_extra(installations: dict[str, Installed], extras: str) -> None:
    installed = installations[extras]
    done = installed.run("pairgrant-server", "--version")
    assert (done.returncode, done.stdout.split()[0]) == (0, "pairgrant-server"), done.stderr
    assert installed.run("python", "-m", "pairgrant_server", "--version").stdout == done.stdout
    done = installed.run("pairgrant-server", "client", "list")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("extras", ["", "kiosk"])
@pytest.mark.parametrize("words", [("--help",), ("run",), ("demo",)])
def test_server_command_without_its_extra_says_what_to_install(
    installations: dict[str, Installed], extras: str, words: tuple[str, ...]
) -> None:
    done = installations[extras].run("pairgrant-server", *words)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip install 'pairgrant[server]'" in done.stderr


def test_kiosk_without_its_extra_says_what_to_install(bare: Installed) -> None:
    code, shown = bare.run_on_a_terminal("pairgrant", "kiosk")
    assert code == 1
    assert "pip install 'pairgrant[kiosk]'" in shown
    assert "Traceback" not in shown


def test_demo_without_the_screens_says_what_to_install(server: Installed) -> None:
    done = server.run("pairgrant-server", "demo")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip install 'pairgrant[demo]'" in done.stderr


@pytest.mark.parametrize(
    "words", [("run", "--port", "0", "--public-url", "http://127.0.0.1"), ("user", "list")]
)
def test_postgresql_without_its_extra_says_what_to_install(server: Installed, words: tuple[str, ...]) -> None:
    done = server.run("pairgrant-server", *words, "--database", "postgresql://127.0.0.1/pairgrant")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "pip install 'pairgrant[postgresql]'" in done.stderr


def test_server_with_an_unknown_uvicorn_responds_to_a_post_and_logs_why_it_is_slower(
    wheel: Path, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    """Uvicorn 0.44 lacks what the inline protocol overrides."""
    installed = install(wheel, "server", tmp_path)
    run_uv(
        *("pip", "install", "--quiet", "--python", installed.environment, "--no-deps", "uvicorn==0.44.0"),
        folder=tmp_path,
    )
    port = free_port()
    with installed.serving(port) as log:
        form = {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "nonesuch"}
        response = httpx.post(f"http://127.0.0.1:{port}/token", data=form, trust_env=False, timeout=PATIENCE)
    assert response.json()["error"] == "invalid_client", response.text
    assert log.read_text().count("unknown uvicorn: serving with its own HTTP protocol") == 1
