"""Two servers on one PostgreSQL database behind nginx, as deploy/ describes them."""

import asyncio
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.processes.programs import PATIENCE, Process, Programs, clean_environment

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


def still_runs(process: Process, log: Path) -> None:
    assert process.poll() is None, f"{log.name}: {log.read_text()}"


async def responds(url: str, process: Process, log: Path) -> None:
    """Until ``/healthz`` does; ``process`` may not end before that."""
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE) as client:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    if (await client.get(f"{url}/healthz")).is_success:
                        return
                except httpx.TransportError:
                    still_runs(process, log)
                await asyncio.sleep(0.02)


@dataclass
class Installation:
    """Servers behind nginx; ``settings`` are those of every server."""

    folder: Path
    port: int
    server_ports: list[int]
    settings: dict[str, str]
    programs: Programs
    scheme: str = "http"
    servers: list[Process] = field(default_factory=list)
    nginx: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {**clean_environment(), "PAIRGRANT_PUBLIC_URL": self.url, **self.settings}

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return self.programs.run("pairgrant-server", *words, environment=self.environment, stdin=stdin)

    async def start_servers(self) -> None:
        for port in self.server_ports:
            words = ("pairgrant-server", "run", "--port", str(port))
            log = self.server_log(port)
            self.servers.append(self.programs.start(*words, environment=self.environment, log=log))
        for port, process in zip(self.server_ports, self.servers, strict=True):
            await responds(f"http://127.0.0.1:{port}", process, self.server_log(port))

    def server_log(self, port: int) -> Path:
        return self.folder / f"server-{port}.log"

    def write_conf(self, listen: str, *, redirect: str = "") -> Path:
        """The shipped conf, and in the folder beside it what differs from site to site."""
        conf = self.folder / "nginx"
        (conf / "pairgrant").mkdir(parents=True)
        servers = "".join(
            f"server 127.0.0.1:{port} max_fails=2 fail_timeout=5s;\n" for port in self.server_ports
        )
        logs = (DEPLOY / "nginx/pairgrant/logs.conf").read_text().replace("/var/log/nginx", str(conf))
        own = {"servers": servers, "listen": listen, "logs": logs, "redirect": redirect}
        for name, text in own.items():
            (conf / "pairgrant" / f"{name}.conf").write_text(text)
        temporary = "".join(
            f"{kind}_temp_path {conf}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        (conf / "nginx.conf").write_text(
            f"{user}\ndaemon off;\nworker_processes 2;\npid {conf}/pid;\nerror_log {conf}/start.log;\n"
            f"events {{ worker_connections 512; }}\n"
            f"http {{\n{temporary}include {DEPLOY / 'nginx/pairgrant.conf'};\n}}\n"
        )
        return conf / "nginx.conf"

    async def start_nginx(self, listen: str | None = None) -> None:
        conf = self.write_conf(listen or f"listen 127.0.0.1:{self.port};\n")
        command = [NGINX, "-c", str(conf), "-e", str(conf.with_name("start.log"))]
        self.nginx = subprocess.Popen(command)  # noqa: ASYNC220 - returns at once
        await responds(self.url, self.nginx, conf.with_name("start.log"))

    @property
    def access_log(self) -> str:
        return (self.folder / "nginx/access.log").read_text()

    @property
    def all_logs(self) -> str:
        """Everything that nginx and the servers wrote."""
        return "".join(path.read_text() for path in self.folder.rglob("*.log"))

    def stop(self) -> None:
        for process in [*self.servers, *([self.nginx] if self.nginx else [])]:
            if process.poll() is None:
                process.terminate()
        for process in [*self.servers, *([self.nginx] if self.nginx else [])]:
            process.wait(PATIENCE)
