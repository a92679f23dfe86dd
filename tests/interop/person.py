"""The person at the browser, who fills in forms."""

import re
from dataclasses import dataclass, field
from html import unescape

import httpx

PASSWORD = "correct horse battery"

_FORM = re.compile(r'<form method="post" action="([^"]+)".*?</form>', re.DOTALL)
_FIELD = re.compile(r'<input\b[^>]*?\bname="([^"]+)"[^>]*?\bvalue="([^"]*)"', re.DOTALL)


@dataclass
class Person:
    """Alice at her browser: signs in where she is asked to, and says yes or no."""

    http: httpx.Client
    url: str
    pages: list[str] = field(default_factory=list)
    """Where something was asked, since someone looked."""

    def visit(self, url: str, decision: str = "approve") -> str:
        """Where the browser ends up: outside the server, or at a page that asks nothing."""
        answer = self.http.get(url)
        while True:
            while answer.is_redirect:
                location = str(answer.request.url.join(answer.headers["location"]))
                if not location.startswith(f"{self.url}/"):
                    return location
                answer = self.http.get(location)
            assert answer.status_code == 200, (answer.url, answer.status_code, answer.text)
            told = {
                "/signin": {"username": "alice", "password": PASSWORD},
                "/device": {},
                "/consent": {"decision": decision},
                "/authorize/consent": {"decision": decision},
                "/logout/confirm": {},
            }
            forms = {unescape(form[1]): form[0] for form in _FORM.finditer(answer.text)}
            action = next((one for one in told if one in forms), None)
            if action is None:
                return str(answer.url)
            self.pages.append(action)
            given = {unescape(name): unescape(value) for name, value in _FIELD.findall(forms[action])}
            answer = self.http.post(
                f"{self.url}{action}", data={**given, **told[action]}, headers={"origin": self.url}
            )
