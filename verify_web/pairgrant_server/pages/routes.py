"""Every path of the site: the pages, and the function behind each form."""

import re

from starlette.routing import Route

from pairgrant_server.accounts.upstream.upstream_sign_in import CALLBACK
from pairgrant_server.accounts.upstream.upstreams import NAME
from pairgrant_server.authorization_server.code_flow.page_paths import CONSENT_PATH, LOGOUT_PATH, PROBLEM_PATH
from pairgrant_server.pages.account import logout
from pairgrant_server.pages.account.account import ACCOUNT_PATH, change_account
from pairgrant_server.pages.account.device_changes import remove, remove_all, rename, rename_again, revoke
from pairgrant_server.pages.account.device_changes import undo as undo_removal
from pairgrant_server.pages.account.notice_board import (
    add_notice,
    add_notice_again,
    remove_notice,
    remove_notice_again,
)
from pairgrant_server.pages.application.consent import decide_application, page_of_request
from pairgrant_server.pages.pairing.consent import decide_pairing
from pairgrant_server.pages.pairing.enter_code import code_again, submit_code
from pairgrant_server.pages.pairing.outcome import confirm, undo
from pairgrant_server.pages.pairing.report import REPORTED, report, report_again
from pairgrant_server.pages.pairing.sign_in import sign_in, sign_in_again, sign_out, sign_out_again
from pairgrant_server.pages.pairing.upstream import SIGN_IN_WITH, sign_in_with
from pairgrant_server.pages.site.form_post import FormFunction, form_post
from pairgrant_server.pages.site.language_choice import (
    LANGUAGE_PATH,
    choose_language,
    choose_language_of_browser,
)
from pairgrant_server.pages.site.out_of_date import leads_back, leads_back_to

_PAGES = frozenset(
    {
        *("/", "/device", "/signin", "/consent", "/outcome", "/devices", "/devices/remove-all", "/board"),
        *(ACCOUNT_PATH, CONSENT_PATH, PROBLEM_PATH, LOGOUT_PATH, REPORTED),
    }
)
_COMPLETE_PREFIX = "/D/"
_LONGEST_PATH = 100
_PROOF = re.compile("[A-Za-z2-7]{1,16}")
"""What may follow the code: base32, of which a fresh scan has eight characters."""

_DEVICE = re.compile("/devices/[0-9a-f]{32}")
"""The page of a connected device."""

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
    "/devices/remove": remove,
    "/devices/remove-all": remove_all,
    "/devices/revoke": revoke,
    "/devices/undo": undo_removal,
    "/devices/rename": rename,
    "/board/add": add_notice,
    "/board/remove": remove_notice,
    LANGUAGE_PATH: choose_language,
    ACCOUNT_PATH: change_account,
}

_OUT_OF_DATE: dict[str, FormFunction] = {
    "/device": code_again,
    "/signin": sign_in_again,
    "/signout": sign_out_again,
    "/consent": leads_back(lambda request, _form: request.path_of_pairing("/consent")),
    "/undo": leads_back(lambda request, _form: request.path_of_pairing("/outcome")),
    "/confirm": leads_back(lambda request, _form: request.path_of_pairing("/outcome")),
    "/report": report_again,
    CONSENT_PATH: leads_back(page_of_request),
    LOGOUT_PATH: logout.log_out_again,
    "/devices/remove": leads_back_to("/devices"),
    "/devices/remove-all": leads_back_to("/devices"),
    "/devices/revoke": leads_back_to("/devices"),
    "/devices/undo": leads_back_to("/devices"),
    "/devices/rename": rename_again,
    "/board/add": add_notice_again,
    "/board/remove": remove_notice_again,
    ACCOUNT_PATH: leads_back_to(ACCOUNT_PATH),
    LANGUAGE_PATH: choose_language_of_browser,
}
"""The response to a form of another session."""

_ENDS_SESSION = frozenset({"/signin", "/signout", LOGOUT_PATH})
"""Forms that a second tap sends with the cookie of the session that the first one has ended."""

_UPSTREAM = re.compile(f"({re.escape(SIGN_IN_WITH)}|{re.escape(CALLBACK)})({NAME.pattern})")
"""The two paths of each provider that people can sign in with."""

POST_ROUTES = [
    *(
        Route(
            path,
            form_post(act, _OUT_OF_DATE[path], ends_session=path in _ENDS_SESSION),
            methods=["POST"],
        )
        for path, act in _POSTS.items()
    ),
    Route(SIGN_IN_WITH + "{name}", form_post(sign_in_with, sign_in_again), methods=["POST"]),
]


def methods_of(path: str) -> frozenset[str]:
    """The methods that a path accepts; none for an unknown path. HEAD is handled like GET."""
    methods = set()
    code = path.removeprefix(_COMPLETE_PREFIX)
    if (
        path in _PAGES
        or _DEVICE.fullmatch(path) is not None
        or (code != path and _may_be_typed(code) and len(path) <= _LONGEST_PATH)
    ):
        methods.add("GET")
    if path in _POSTS:
        methods.add("POST")
    if (upstream := _UPSTREAM.fullmatch(path)) is not None:
        methods |= {"GET", "POST"} if upstream[1] == SIGN_IN_WITH else {"GET"}
    return frozenset(methods)


def _may_be_typed(code: str) -> bool:
    """A code, or a code and a proof.

    Starlette does not route a path with a line break, and would respond with plain text.
    """
    code, slash, proof = code.partition("/")
    if slash and _PROOF.fullmatch(proof) is None:
        return False
    return bool(code) and "\n" not in code
