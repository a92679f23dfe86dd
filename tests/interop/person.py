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
        response = self.http.get(url)
        while True:
            while response.is_redirect:
                location = str(response.request.url.join(response.headers["location"]))
                if not location.startswith(f"{self.url}/"):
                    return location
                response = self.http.get(location)
            assert response.status_code == 200, (response.url, response.status_code, response.text)
            told = {
                "/signin": {"username": "alice", "password": PASSWORD},
                "/device": {},
                "/consent": {"decision": decision},
                "/authorize/consent": {"decision": decision},
                "/logout/confirm": {},
            }
            forms = {unescape(form[1]): form[0] for form in _FORM.finditer(response.text)}
            action = next((one for one in told if one in forms), None)
            if action is None:
                return str(response.url)
            self.pages.append(action)
            given = {unescape(name): unescape(value) for name, value in _FIELD.findall(forms[action])}
            response = self.http.post(
                f"{self.url}{action}", data={**given, **told[action]}, headers={"origin": self.url}
            )
