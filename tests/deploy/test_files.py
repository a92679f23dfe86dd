"""What the shipped files promise: no root, no secret, no reachable database, only pinned dependencies."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from pairgrant.cli import command_line
from pairgrant.commands.kiosk import DEFAULT_FILE, KIOSK
from pairgrant.commands.provisioning import read_provisioning
from pairgrant.journal import LONGEST_BEAT
from pairgrant_server.serving.server_process import DRAIN_SECONDS
from pairgrant_server.serving.supervisor import _PATIENCE
from tests.deploy.installation import DEPLOY, NGINX, Installation

TOP = Path(__file__).parents[2]


class TestUnit:
    @pytest.fixture
    def unit(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for line in (DEPLOY / "systemd/pairgrant-server.service").read_text().splitlines():
            if "=" in line and not line.startswith("#"):
                name, _, value = line.partition("=")
                found.setdefault(name, []).append(value)
        return found

    def test_unit_runs_as_a_dynamic_user_and_writes_only_to_its_state_directory(
        self, unit: dict[str, list[str]]
    ) -> None:
        assert unit["DynamicUser"] == ["yes"]
        assert unit["ProtectSystem"] == ["strict"]
        assert unit["StateDirectory"] == ["pairgrant"]
        assert "ReadWritePaths" not in unit
        assert unit["NoNewPrivileges"] == ["yes"]
        assert unit["CapabilityBoundingSet"] == [""]

    def test_unit_reads_secrets_from_files_of_root(self, unit: dict[str, list[str]]) -> None:
        assert unit["LoadCredential"] == ["server.key:/etc/pairgrant/server.key"]
        assert "PAIRGRANT_SERVER_KEY_FILE=%d/server.key" in unit["Environment"]
        assert unit["EnvironmentFile"] == ["/etc/pairgrant/server.env"]
        assert not any("postgresql" in value for value in unit["Environment"])

    def test_unit_waits_for_open_requests_and_restarts_on_failure(self, unit: dict[str, list[str]]) -> None:
        assert int(unit["TimeoutStopSec"][0]) > _PATIENCE > DRAIN_SECONDS
        assert unit["KillMode"] == ["mixed"]
        assert unit["Restart"] == ["on-failure"]

    def test_kiosk_is_watched_and_always_restarted(self) -> None:
        lines = (DEPLOY / "systemd/pairgrant-kiosk.service").read_text().splitlines()
        assert {"Type=notify", "Restart=always", "StartLimitIntervalSec=0"} <= set(lines)
        (watchdog,) = (int(line.removeprefix("WatchdogSec=")) for line in lines if "WatchdogSec=" in line)
        assert watchdog > 2 * LONGEST_BEAT

    def test_command_of_the_kiosk_is_one(self) -> None:
        text = (DEPLOY / "systemd/pairgrant-kiosk.service").read_text()
        (command,) = (line for line in text.splitlines() if line.startswith("ExecStart="))
        given = command_line().parse_args(command.split()[1:])
        assert given.config == "%d/kiosk.toml"
        assert f"LoadCredential=kiosk.toml:{DEFAULT_FILE}" in text.splitlines()
        variables = dict(re.findall(r"^Environment=PAIRGRANT_(\w+)=(.+)$", text, re.MULTILINE))
        assert variables == {
            "TOKEN_FILE": "/var/lib/pairgrant-kiosk/tokens.json",
            "LOG_FILE": "/var/log/pairgrant-kiosk/kiosk.log",
            "HEALTH_FILE": "/run/pairgrant-kiosk/health.json",
        }

    def test_example_of_a_provisioning_file_is_usable(self) -> None:
        found = read_provisioning(DEPLOY / "kiosk.example.toml", KIOSK)
        assert found.problems == ()
        assert found.entries["auto"].value is True

    def test_example_of_a_provisioning_file_has_every_option_of_the_kiosk(self, tmp_path: Path) -> None:
        text = (DEPLOY / "kiosk.example.toml").read_text()
        every = tmp_path / "kiosk.toml"
        every.write_text(re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE))
        every.chmod(0o600)
        found = read_provisioning(every, KIOSK)
        assert found.problems == ()
        assert found.entries.keys() == {option.name for option in KIOSK if option.in_file}

    @pytest.mark.parametrize("name", ["pairgrant-server", "pairgrant-kiosk"])
    def test_systemd_accepts_the_unit(self, tmp_path: Path, name: str) -> None:
        if shutil.which("systemd-analyze") is None:
            pytest.skip("needs systemd-analyze")
        text = (DEPLOY / f"systemd/{name}.service").read_text()
        installed = tmp_path / f"{name}.service"
        installed.write_text(re.sub(r"/opt/pairgrant/bin/\S+", sys.executable, text))
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(installed)],
            capture_output=True,
            text=True,
            check=False,
        )
        since_254 = ("RestartSteps", "RestartMaxDelaySec")
        complaints = [line for line in done.stderr.splitlines() if not any(key in line for key in since_254)]
        assert (done.returncode, complaints) == (0, [])

    @pytest.mark.parametrize(
        ("mode", "is_credential", "works"), [(0o440, True, True), (0o444, True, False), (0o440, False, False)]
    )
    async def test_systemd_credential_is_accepted_despite_its_group_bits(
        self,
        installation: Installation,
        tmp_path: Path,
        mode: int,
        is_credential: bool,  # noqa: FBT001 - a row of the table above
        works: bool,  # noqa: FBT001
    ) -> None:
        """Systemd shows the access list of a credential as a permission of the group."""
        (tmp_path / "server.key").chmod(mode)
        if is_credential:
            installation.settings["CREDENTIALS_DIRECTORY"] = str(tmp_path)
        done = installation.command("user", "list")
        assert (done.returncode == 0) is works, done.stderr
        assert works or "can be read by others" in done.stderr


def exit_code(command: list[str]) -> int:
    return subprocess.run(command, capture_output=True, check=False).returncode


class TestDockerfile:
    @pytest.fixture
    def instructions(self) -> list[str]:
        text = (DEPLOY / "Dockerfile").read_text()
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        return [line for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines() if line]

    def test_image_does_not_run_as_root(self, instructions: list[str]) -> None:
        users = [line for line in instructions if line.startswith("USER")]
        assert users == ["USER 10001:10001"]
        assert instructions.index(users[0]) > max(
            number for number, line in enumerate(instructions) if line.startswith(("FROM", "RUN"))
        )

    def test_image_installs_only_pinned_dependencies(self, instructions: list[str]) -> None:
        installs = re.findall(r"pip install ([^&\n]*)", "\n".join(instructions))
        assert len(installs) == 2
        assert all("--require-hashes" in install or "--no-index" in install for install in installs)
        assert "deploy/requirements.lock" in installs[0]
        assert "--no-build-isolation" in "\n".join(instructions)

    def test_image_holds_no_key_password_or_registry(self, instructions: list[str]) -> None:
        copied = [
            line.split()[1:-1] for line in instructions if line.startswith("COPY") and "--from" not in line
        ]
        sources = {source for line in copied for source in line}
        allowed = {
            line.removeprefix("!")
            for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
            if line.startswith("!")
        }
        assert sources == allowed
        assert all((TOP / source).exists() for source in sources)
        assert not re.search(r"SERVER_KEY|PASSWORD|://[^/ ]*@|\.key\b", "\n".join(instructions))
        assert instructions[0] == "ARG PYTHON=python:3.11-slim"
        assert {line.split()[1] for line in instructions if line.startswith("FROM")} == {"${PYTHON}"}

    async def test_health_check_succeeds_only_while_the_server_runs(self, installation: Installation) -> None:
        check = (DEPLOY / "Dockerfile").read_text().partition("HEALTHCHECK")[2]
        python, *words = json.loads(re.findall(r"CMD (\[.*\])", check)[0])
        assert python == "python"
        (port, *_) = installation.server_ports
        command = [sys.executable, *(word.replace("8628", str(port)) for word in words)]
        await installation.start_servers()
        assert exit_code(command) == 0
        installation.stop()
        assert exit_code(command) != 0


class TestLock:
    @pytest.fixture
    def project(self) -> dict[str, Any]:
        return tomllib.loads((TOP / "pyproject.toml").read_text())

    def test_deployed_versions_are_the_tested_ones(self) -> None:
        # `uv run` writes this file; it is not in the repository, because it names a registry.
        resolved = tomllib.loads((TOP / "uv.lock").read_text())["package"]
        tested = {package["name"]: package.get("version") for package in resolved}
        deployed = _pinned(DEPLOY / "requirements.lock")
        different = {name for name in deployed if deployed[name] != tested.get(name)}
        assert different == set(), "run `make lock`, or `uv lock --upgrade` if your own environment is older"

    def test_deployed_is_what_the_server_and_its_build_need_and_nothing_else(
        self, project: dict[str, Any]
    ) -> None:
        deployed = _pinned(DEPLOY / "requirements.lock").keys()
        extras = project["project"]["optional-dependencies"]
        needed = [
            *project["project"]["dependencies"],
            *extras["server"],
            *extras["postgresql"],
            *project["build-system"]["requires"],
        ]
        assert {re.split(r"[<>=;\[ ]", name)[0] for name in needed} <= deployed
        assert not {"pytest", "playwright", "mypy", "ruff", "textual"} & deployed

    def test_build_group_has_the_bounds_of_the_build_system(self, project: dict[str, Any]) -> None:
        assert project["dependency-groups"]["build"] == project["build-system"]["requires"]


def _pinned(lock: Path) -> dict[str, str]:
    """Version by name; each has a hash at least, and no place that it comes from."""
    text = lock.read_text()
    assert "://" not in text
    entries = re.sub(r"\\\n\s*", " ", text).splitlines()
    assert all(" --hash=sha256:" in entry for entry in entries)
    return {entry.split("==")[0]: re.split(r"[ ;]", entry.split("==")[1])[0] for entry in entries}


class TestCompose:
    @pytest.fixture
    def compose(self) -> dict[str, Any]:
        found: dict[str, Any] = import_module("yaml").safe_load((DEPLOY / "compose.yaml").read_text())
        return found

    def test_only_nginx_publishes_ports(self, compose: dict[str, Any]) -> None:
        services = compose["services"]
        assert {name for name, service in services.items() if "ports" in service} == {"nginx"}
        assert services["database"]["networks"] == ["back"]
        assert compose["networks"]["back"]["internal"] is True
        assert not any(
            service.get("network_mode") or service.get("privileged") for service in services.values()
        )

    def test_servers_trust_only_the_address_of_nginx(self, compose: dict[str, Any]) -> None:
        services = compose["services"]
        address = services["nginx"]["networks"]["front"]["ipv4_address"]
        listed = re.findall(
            r"^server (\S+):8628", (DEPLOY / "nginx/pairgrant/servers.conf").read_text(), re.MULTILINE
        )
        assert len(listed) >= 2
        assert set(listed) == {name for name, service in services.items() if service["image"] == "pairgrant"}
        for name in listed:
            assert services[name]["environment"]["PAIRGRANT_TRUSTED_PROXIES"] == address
            assert services[name]["cap_drop"] == ["ALL"]
            assert services[name]["read_only"] is True
            assert int(services[name]["stop_grace_period"].removesuffix("s")) > _PATIENCE

    def test_compose_secrets_are_files_outside_the_repository(self, compose: dict[str, Any]) -> None:
        text = (DEPLOY / "compose.yaml").read_text()
        assert not re.search(r"PASSWORD:|://[^/@\s]*:[^/@\s]*@", text)
        assert "/secrets/" in (DEPLOY / ".gitignore").read_text().splitlines()
        used = {secret for service in compose["services"].values() for secret in service["secrets"]}
        assert used == compose["secrets"].keys()
        assert all(secret["file"].startswith("./secrets/") for secret in compose["secrets"].values())
        told = (DEPLOY / "README.md").read_text()
        assert all(Path(secret["file"]).name in told for secret in compose["secrets"].values())

    def test_each_service_waits_until_its_dependency_is_healthy(self, compose: dict[str, Any]) -> None:
        services = compose["services"]
        assert "healthcheck" in services["nginx"]
        assert "healthcheck" in services["database"]
        for name in ("server-1", "server-2"):
            assert services[name]["depends_on"]["database"]["condition"] == "service_healthy"
            assert services["nginx"]["depends_on"][name]["condition"] == "service_healthy"

    def test_mounted_files_exist(self, compose: dict[str, Any]) -> None:
        for volume in compose["services"]["nginx"]["volumes"]:
            assert (DEPLOY / volume.partition(":")[0]).exists()
        build = compose["services"]["server-1"]["build"]
        assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()

    async def test_password_of_the_database_can_come_from_a_file(
        self, installation: Installation, tmp_path: Path
    ) -> None:
        """As the servers get ``pgpass``: not in a variable, which anyone who may inspect a container sees."""
        url = urlsplit(installation.settings["PAIRGRANT_DATABASE"])
        assert url.password
        password = re.sub(r"([\\:])", r"\\\1", unquote(url.password))
        passwords = tmp_path / "pgpass"
        passwords.write_text(f"{url.hostname}:*:{url.path[1:]}:{url.username}:{password}\n")
        passwords.chmod(0o600)
        bare = url._replace(netloc=f"{url.username}@{url.hostname}:{url.port}").geturl()
        installation.settings["PAIRGRANT_DATABASE"] = bare
        installation.settings["PGPASSFILE"] = str(passwords)
        done = installation.command("user", "list")
        assert done.returncode == 0, done.stderr
        assert "alice" in done.stdout


class TestOtherProxies:
    """The configurations in deploy/README.md, for people who have a proxy already."""

    @pytest.fixture
    def blocks(self) -> dict[str, str]:
        text = (DEPLOY / "README.md").read_text(encoding="utf-8")
        return dict(re.findall(r"```(nginx|caddyfile|yaml|apache)\n(.*?)```", text, re.DOTALL))

    def test_each_proxy_has_its_configuration(self, blocks: dict[str, str]) -> None:
        assert sorted(blocks) == ["apache", "caddyfile", "nginx", "yaml"]
        assert all("127.0.0.1:8628" in block for block in blocks.values())

    def test_proxies_that_drop_upgrade_by_default_are_set_to_pass_it(self, blocks: dict[str, str]) -> None:
        assert "Upgrade           $http_upgrade" in blocks["nginx"]
        assert "upgrade=websocket" in blocks["apache"]

    def test_proxies_that_keep_forwarding_headers_by_default_are_set_to_replace_them(
        self, blocks: dict[str, str]
    ) -> None:
        assert "X-Forwarded-For   $remote_addr" in blocks["nginx"]
        assert "RequestHeader unset X-Forwarded-For" in blocks["apache"]

    def test_traefik_sends_the_host_to_the_server(self, blocks: dict[str, str]) -> None:
        http = import_module("yaml").safe_load(blocks["yaml"])["http"]
        assert http["routers"]["pairgrant"]["service"] in http["services"]
        assert http["routers"]["pairgrant"]["rule"] == "Host(`pair.example`)"

    def test_nginx_accepts_the_configuration(self, blocks: dict[str, str], tmp_path: Path) -> None:
        if not Path(NGINX).exists():
            pytest.skip("nginx isn't installed")
        conf = tmp_path / "nginx.conf"
        server = f"server {{ listen unix:{tmp_path}/nginx.sock; {blocks['nginx']} }}"
        conf.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {server} }}")
        done = subprocess.run(
            [NGINX, "-t", "-p", str(tmp_path), "-c", str(conf)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
