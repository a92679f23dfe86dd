"""Approves or denies a code at a server of the tests, as `pairgrant doctor` asks for it:

python -m tests.interop.decide NAME URL
"""

import os
import sys

import httpx

from tests.interop import test_device_at_other_servers as servers
from tests.processes.programs import PATIENCE


def at_oidc_provider_for_the_doctor(url: str, code: str, approve: bool) -> None:  # noqa: FBT001
    decision = "approve" if approve else "deny"
    asked = {"user_code": code}
    httpx.get(f"{url}/-/{decision}", params=asked, trust_env=False, timeout=PATIENCE).raise_for_status()


DECIDE = {
    "authlib": servers.decide_at_authlib,
    "better-auth": servers.decide_at_better_auth,
    "django-allauth": servers.decide_at_django_allauth,
    "django-oauth-toolkit": servers.decide_at_django_oauth_toolkit,
    "oidc-provider": at_oidc_provider_for_the_doctor,
}

if __name__ == "__main__":
    name, server = sys.argv[1:]
    DECIDE[name](server, os.environ["USER_CODE"], os.environ["DECISION"] == "approve")
