"""JavaScript packages for tests, installed by npm under .artifacts."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ARTIFACTS = Path(__file__).parents[1] / ".artifacts"


def install(name: str, package_json: Path) -> Path:
    """Return the folder .artifacts/``name``, which has what ``package_json`` names in node_modules.

    npm runs only if ``package_json`` has changed since it ran last. Two processes never run it at once: the
    second waits. Without node and npm, or if npm fails, the test is skipped; in CI it fails.
    """
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        _skip(f"needs {' and '.join(missing)}")
    folder = ARTIFACTS / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install_once(folder, package_json.read_bytes())
    return folder


def copy(script: Path, folder: Path) -> None:
    """Copy ``script`` beside the packages. A process that starts it meanwhile never reads half of it."""
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(script.read_bytes())
    Path(file.name).replace(folder / script.name)


def _install_once(folder: Path, wanted: bytes) -> None:
    installed = folder / "installed.json"
    if installed.is_file() and installed.read_bytes() == wanted:
        return
    shutil.rmtree(folder / "node_modules", ignore_errors=True)
    (folder / "package.json").write_bytes(wanted)
    done = subprocess.run(
        ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        _skip(f"npm can't install {folder.name}: {done.stderr[-500:]}")
    installed.write_bytes(wanted)


def _skip(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
