"""Every path of the site: the pages, and the function behind each form."""

import re

from starlette.routing import Route

from pairgrant_server.accounts.upstream.upstream_sign_in import CALLBACK
from pairgrant_server.accounts.upstream.upstreams import NAME
from pairgrant_server.authorization_server.code_flow.page_paths import CONSENT_PATH, LOGOUT_PATH, PROBLEM_PATH
from pairgrant_server.pages.account import logout
from pairgrant_server.pages.account.account import ACCOUNT_PATH, change_account
from pairgrant_server.pages.account.connected_devices import revoke
from pairgrant_server.pages.account.notice_board import add_notice, remove_notice
from pairgrant_server.pages.application.consent import decide_application
from pairgrant_server.pages.pairing.consent import decide_pairing
from pairgrant_server.pages.pairing.enter_code import submit_code
from pairgrant_server.pages.pairing.outcome import confirm, undo
from pairgrant_server.pages.pairing.report import report
from pairgrant_server.pages.pairing.sign_in import sign_in, sign_out
from pairgrant_server.pages.pairing.upstream import SIGN_IN_WITH, sign_in_with
from pairgrant_server.pages.site.form_post import FormFunction, form_post
from pairgrant_server.pages.site.language_choice import LANGUAGE_PATH, choose_language

_PAGES = frozenset(
    {
        *("/", "/device", "/signin", "/consent", "/outcome", "/devices", "/board", ACCOUNT_PATH),
        *(CONSENT_PATH, PROBLEM_PATH, LOGOUT_PATH),
    }
)
_COMPLETE_PREFIX = "/D/"
_LONGEST_PATH = 100
_PROOF = re.compile("[A-Za-z2-7]{1,16}")
"""What may follow the code: base32, of which a fresh scan has eight characters."""

_POSTS: dict[str, FormFunction] = {
    "/device": submit_code,
    "/signin": sign_in,
    "/signout": sign_out,
    "/consent": decide_pairing,
    "/undo": undo,
    "/confirm": confirm,
    "/report": report,
    CONSENT_PATH: decide_application,
    LOGOUT_PATH: logout.log_out,
    "/devices/revoke": revoke,
    "/board/add": add_notice,
    "/board/remove": remove_notice,
    LANGUAGE_PATH: choose_language,
    ACCOUNT_PATH: change_account,
}

_UPSTREAM = re.compile(f"({re.escape(SIGN_IN_WITH)}|{re.escape(CALLBACK)})({NAME.pattern})")
"""The two paths of each provider that people can sign in with."""

POST_ROUTES = [
    *(Route(path, form_post(act), methods=["POST"]) for path, act in _POSTS.items()),
    Route(SIGN_IN_WITH + "{name}", form_post(sign_in_with), methods=["POST"]),
]


def methods_of(path: str) -> frozenset[str]:
    """The methods that a path accepts; none for an unknown path. HEAD is handled like GET."""
    methods = set()
    code = path.removeprefix(_COMPLETE_PREFIX)
    if path in _PAGES or (code != path and _may_be_typed(code) and len(path) <= _LONGEST_PATH):
        methods.add("GET")
    if path in _POSTS:
        methods.add("POST")
    if (upstream := _UPSTREAM.fullmatch(path)) is not None:
        methods.add("POST" if upstream[1] == SIGN_IN_WITH else "GET")
    return frozenset(methods)


def _may_be_typed(code: str) -> bool:
    """A code, or a code and a proof.

    Starlette does not route a path with a line break, and would respond with plain text.
    """
    code, slash, proof = code.partition("/")
    if slash and _PROOF.fullmatch(proof) is None:
        return False
    return bool(code) and "\n" not in code
