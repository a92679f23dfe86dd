"""The credential helpers, with the real git and with what docker writes to the standard input of a helper."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from pairgrant.commands.credential_hosts import Host
from pairgrant.commands.git_credential import attributes
from pairgrant.oauth.dpop_key import new_key
from tests.device.fake_server import FakeServer
from tests.device.running_command import CommandInProcess

Start = Callable[..., FakeServer]
Run = Callable[..., CommandInProcess]
SignIn = Callable[..., FakeServer]


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> dict[str, str]:
        return attributes(self.out.splitlines())


Git = Callable[..., Done]
Docker = Callable[..., Done]


@pytest.fixture
def variables(tmp_path: Path, variables: dict[str, str]) -> dict[str, str]:
    """The environment of an account of its own, whose git asks ``pairgrant`` first, and then nobody."""
    del variables["PAIRGRANT_TOKEN_FILE"]
    program = tmp_path / "bin" / "pairgrant"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pairgrant "$@"\n')
    program.chmod(0o755)
    (tmp_path / ".gitconfig").write_text('[credential]\n\thelper = "!pairgrant git-credential"\n')
    kept = {name: value for name, value in variables.items() if not name.startswith(("XDG_", "GIT_"))}
    return {
        **kept,
        "HOME": str(tmp_path),
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_CONFIG_NOSYSTEM": "1",
    }


@pytest.fixture
def sign_in(start_server: Start, run_pairgrant: Run) -> SignIn:
    """``sign_in("work")``: sign a profile in at a server of its own."""

    def signed_in(profile: str) -> FakeServer:
        server = start_server()
        words = ("login", "--json", "--profile", profile, "--issuer", server.issuer)
        login = run_pairgrant(*words, issuer="")
        login.until('"code"')
        server.person("approve")
        assert login.end()[0] == 0
        return server

    return signed_in


@pytest.fixture
def git(variables: dict[str, str]) -> Git:
    """``git("fill", url=…)``: what ``git credential`` says."""

    def run(operation: str, text: str = "", *, url: str = "", **changes: str) -> Done:
        done = subprocess.run(
            ["git", "credential", operation],
            input=f"url={url}\n{text}\n" if url else text,
            env={**variables, **changes},
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def docker(variables: dict[str, str]) -> Docker:
    """``docker("get", "pair.example")``: what the helper of docker says."""

    def run(operation: str, text: str = "", **changes: str) -> Done:
        done = subprocess.run(
            [Path(sys.executable).with_name("docker-credential-pairgrant"), operation],
            input=text,
            env={**variables, **changes},
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


def token_of(run_pairgrant: Run, profile: str) -> str:
    code, out, _ = run_pairgrant("token", "--profile", profile, issuer="").end()
    assert code == 0
    return out.strip()


def bind(tmp_path: Path) -> None:
    """Bind the stored tokens to a key."""
    files = (tmp_path / ".local" / "state" / "pairgrant").rglob("*.json")
    (path,) = (file for file in files if "access_token" in json.loads(file.read_text()))
    path.write_text(json.dumps({**json.loads(path.read_text()), "dpop_key": new_key().reveal()}))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


class TestGit:
    def test_host_of_a_profile_gets_its_token(self, sign_in: SignIn, git: Git, run_pairgrant: Run) -> None:
        work, home = sign_in("work"), sign_in("home")
        for profile, server in (("work", work), ("home", home)):
            found = git("fill", url=f"{server.issuer}/team/project.git").lines
            assert found["username"] == "oauth2"
            assert found["password"] == token_of(run_pairgrant, profile)

    def test_user_name_in_the_address_stays(self, sign_in: SignIn, git: Git) -> None:
        server = sign_in("work")
        found = git("fill", url=server.issuer.replace("http://", "http://ada@")).lines
        assert found["username"] == "ada"

    @pytest.mark.parametrize("other", ["https://{place}", "http://{host}:1", "http://{place}.evil.example"])
    def test_other_host_or_scheme_gets_nothing(self, sign_in: SignIn, git: Git, other: str) -> None:
        place = sign_in("work").issuer.removeprefix("http://")
        done = git("fill", url=other.format(place=place, host=place.partition(":")[0]))
        assert "password" not in {name for name, value in done.lines.items() if value}
        assert "pairgrant" not in done.err

    def test_rejected_token_is_refreshed_and_the_sign_in_stays(
        self, sign_in: SignIn, git: Git, run_pairgrant: Run
    ) -> None:
        server = sign_in("work")
        filled = git("fill", url=server.issuer)
        assert git("approve", filled.out).code == 0
        before = token_of(run_pairgrant, "work")
        assert before == filled.lines["password"]
        for _ in range(2):
            assert git("reject", filled.out).code == 0
        after = token_of(run_pairgrant, "work")
        assert after != before
        assert server.seen("/token") == 2
        assert git("fill", url=server.issuer).lines["password"] == after

    def test_bound_token_is_refused_with_what_to_do(self, sign_in: SignIn, git: Git, tmp_path: Path) -> None:
        server = sign_in("work")
        bind(tmp_path)
        done = git("fill", url=server.issuer)
        assert "git can send only plain bearer tokens" in done.err
        assert "pairgrant login --no-dpop" in done.err
        assert not done.lines.get("password")

    def test_ended_sign_in_says_so(self, sign_in: SignIn, git: Git, run_pairgrant: Run) -> None:
        server = sign_in("work")
        assert run_pairgrant("logout", "--profile", "work", issuer="").end()[0] == 0
        assert "Not signed in at" in git("fill", url=server.issuer).err

    def test_token_of_the_environment_goes_to_no_profile(self, sign_in: SignIn, git: Git) -> None:
        work = sign_in("work")
        job = {"PAIRGRANT_TOKEN": "of-a-job", "PAIRGRANT_ISSUER": "https://ci.example"}
        assert git("fill", url="https://ci.example/x.git", **job).lines["password"] == "of-a-job"
        assert "of-a-job" not in git("fill", url=work.issuer, **job).out

    def test_other_hosts_are_named_by_an_option_and_asked_by_https_only(
        self, sign_in: SignIn, git: Git, run_pairgrant: Run
    ) -> None:
        sign_in("work")
        named = {"PAIRGRANT_PROFILE": "work", "PAIRGRANT_CREDENTIAL_HOSTS": "git.example, code.example:8443"}
        token = token_of(run_pairgrant, "work")
        for url in ("https://git.example", "https://code.example:8443"):
            assert git("fill", url=url, **named).lines["password"] == token
        for url in ("http://git.example", "https://code.example"):
            assert token not in git("fill", url=url, **named).out

    def test_unknown_operation_is_ignored(self, run_pairgrant: Run) -> None:
        assert run_pairgrant("git-credential", "capability", issuer="").end() == (0, "", "")

    def test_bytes_that_are_no_text_belong_to_another_host(self, variables: dict[str, str]) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "pairgrant", "git-credential", "get"],
            input=b"protocol=https\nhost=\xff\xfe\npath=\x80\n\n",
            env=variables,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


class TestDocker:
    def test_registry_gets_the_token(self, sign_in: SignIn, docker: Docker, run_pairgrant: Run) -> None:
        server = sign_in("work")
        token = token_of(run_pairgrant, "work")
        for address in (server.issuer, server.issuer.removeprefix("http://")):
            code, out, _ = docker("get", f"{address}\n")
            assert (code, json.loads(out)) == (
                0,
                {"ServerURL": address, "Username": "oauth2", "Secret": token},
            )
        named = {"PAIRGRANT_PROFILE": "work", "PAIRGRANT_CREDENTIAL_HOSTS": "registry.example"}
        assert json.loads(docker("get", "registry.example", **named).out)["Secret"] == token

    @pytest.mark.parametrize("server", ["index.docker.io", "https://index.docker.io/v1/", ""])
    def test_other_registry_gets_what_docker_takes_for_nothing(
        self, sign_in: SignIn, docker: Docker, server: str
    ) -> None:
        sign_in("work")
        assert docker("get", server) == (1, "credentials not found in native keychain\n", "")

    def test_list_has_the_sign_ins(self, sign_in: SignIn, docker: Docker, run_pairgrant: Run) -> None:
        work, home = sign_in("work"), sign_in("home")
        assert json.loads(docker("list").out) == {work.issuer: "oauth2", home.issuer: "oauth2"}
        run_pairgrant("logout", "--profile", "home", issuer="").end()
        assert json.loads(docker("list").out) == {work.issuer: "oauth2"}

    def test_only_a_credential_of_a_sign_in_is_stored(self, sign_in: SignIn, docker: Docker) -> None:
        server = sign_in("work")
        stored = {"ServerURL": server.issuer, "Username": "oauth2", "Secret": "x"}
        assert docker("store", json.dumps(stored))[:2] == (0, "")
        code, out, _ = docker("store", json.dumps({**stored, "ServerURL": "https://other.example"}))
        assert (code, "pairgrant login" in out) == (1, True)
        assert docker("store", "no JSON").code == 1

    def test_erase_leaves_the_sign_in(self, sign_in: SignIn, docker: Docker, run_pairgrant: Run) -> None:
        server = sign_in("work")
        code, out, err = docker("erase", server.issuer)
        assert (code, out, "pairgrant logout" in err) == (0, "", True)
        assert token_of(run_pairgrant, "work")

    def test_bound_token_is_refused_with_what_to_do(
        self, sign_in: SignIn, docker: Docker, tmp_path: Path
    ) -> None:
        server = sign_in("work")
        bind(tmp_path)
        code, out, _ = docker("get", server.issuer)
        assert (code, "pairgrant login --no-dpop" in out) == (1, True)

    def test_wrong_usage_prints_the_usage(self, docker: Docker) -> None:
        assert docker("version").out.startswith("docker-credential-pairgrant")
        code, out, _ = docker("fetch")
        assert (code, "get|store|erase|list" in out) == (1, True)


@pytest.mark.parametrize(
    ("asked", "issuer", "is_same"),
    [
        ("https://Pair.example", "https://pair.example", True),
        ("https://pair.example:443/x", "https://pair.example/tenant", True),
        ("pair.example", "https://pair.example", True),
        ("https://pair.example:8443", "https://pair.example", False),
        ("http://pair.example", "https://pair.example", False),
        ("https://pair.example.evil.example", "https://pair.example", False),
        ("https://ada@pair.example", "https://pair.example", False),
        ("https://[::1]:443", "https://[::1]", True),
    ],
)
def test_host_is_compared_exactly(asked: str, issuer: str, is_same: bool) -> None:  # noqa: FBT001
    assert Host.of_url(asked).is_at(issuer) is is_same
