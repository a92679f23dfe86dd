"""Which proxy a request takes, and what a proxy that can't be used says."""

import pytest

from pairgrant.errors import DeviceSettingsError
from pairgrant.oauth.proxies import proxy_rules
from pairgrant.oauth.routed_transport import RoutedTransport
from pairgrant.oauth.trusted_authorities import trusted_authorities

PROXY = "http://proxy.example:3128"


def way(url: str, **variables: str) -> str | None:
    """The origin of the proxy for ``url``."""
    proxy = proxy_rules(variables).proxy_for(url)
    return None if proxy is None else proxy.origin


class TestWhichProxy:
    def test_https_and_http_have_a_variable_each(self) -> None:
        variables = {"HTTPS_PROXY": PROXY, "HTTP_PROXY": "http://other.example"}
        assert way("https://pair.example/token", **variables) == PROXY
        assert way("http://pair.example/token", **variables) == "http://other.example"

    def test_all_proxy_stands_for_the_one_that_is_missing(self) -> None:
        variables = {"ALL_PROXY": PROXY, "http_proxy": "http://other.example"}
        assert way("https://pair.example", **variables) == PROXY
        assert way("http://pair.example", **variables) == "http://other.example"

    def test_lower_case_takes_precedence_and_empty_counts_as_unset(self) -> None:
        assert way("https://a.example", https_proxy=PROXY, HTTPS_PROXY="http://other.example") == PROXY
        assert way("https://a.example", https_proxy="", HTTPS_PROXY=PROXY) == PROXY
        assert way("https://a.example", https_proxy=" ", HTTPS_PROXY="") is None

    @pytest.mark.parametrize("given", [f" {PROXY} ", "proxy.example:3128", f"{PROXY}\n"])
    def test_blanks_and_a_missing_scheme_are_forgiven(self, given: str) -> None:
        assert way("https://a.example", HTTPS_PROXY=given) == PROXY

    def test_header_of_a_visitor_sets_no_proxy_in_a_cgi_program(self) -> None:
        assert way("http://a.example", HTTP_PROXY=PROXY, REQUEST_METHOD="GET") is None
        assert way("http://a.example", http_proxy=PROXY, REQUEST_METHOD="GET") == PROXY


class TestExceptions:
    @pytest.mark.parametrize(
        ("listed", "host"),
        [
            ("*", "anything.example"),
            ("pair.example", "pair.example"),
            ("pair.example", "a.b.pair.example"),
            (".pair.example", "pair.example"),
            ("*.pair.example", "a.pair.example"),
            ("PAIR.example.", "pair.Example."),
            ("10.0.0.0/8", "10.1.2.3"),
            ("127.0.0.1", "127.0.0.1"),
            ("fd00::/8", "[fd12::1]"),
            ("[fd00::]/8", "[fd12::1]"),
            ("::1", "[::1]"),
            ("[::1]", "[::1]"),
            ("x, pair.example ,y", "pair.example"),
            ("x pair.example", "pair.example"),
        ],
    )
    def test_entry_covers(self, listed: str, host: str) -> None:
        assert way(f"https://{host}/", HTTPS_PROXY=PROXY, NO_PROXY=listed) is None

    @pytest.mark.parametrize(
        ("listed", "host"),
        [
            ("pair.example", "notpair.example"),
            ("pair.example", "example"),
            ("10.0.0.0/8", "11.0.0.1"),
            ("10.0.0.0/8", "10.example"),
            ("fd00::/8", "[fe80::1]"),
            ("10.0.0.0/99", "10.0.0.1"),
            ("", "pair.example"),
            (",,", "pair.example"),
        ],
    )
    def test_entry_does_not_cover(self, listed: str, host: str) -> None:
        assert way(f"https://{host}/", HTTPS_PROXY=PROXY, NO_PROXY=listed) == PROXY

    @pytest.mark.parametrize(
        ("listed", "url", "expected"),
        [
            ("pair.example:8443", "https://pair.example:8443", None),
            ("pair.example:8443", "https://pair.example", PROXY),
            ("pair.example:443", "https://pair.example", None),
            ("[::1]:8443", "https://[::1]:8443", None),
            ("[::1]:8443", "https://[::1]", PROXY),
            ("10.0.0.1:443", "https://10.0.0.1", None),
        ],
    )
    def test_port_of_an_entry_counts(self, listed: str, url: str, expected: str | None) -> None:
        assert way(url, HTTPS_PROXY=PROXY, NO_PROXY=listed) == expected


class TestUnusable:
    @pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"])
    @pytest.mark.parametrize(
        "address",
        ["ftp://proxy.example", "http://", "http://a:99999", "http://[::1", "socks4://a", "://", "a b"],
    )
    def test_address_is_refused_with_the_name_of_its_variable(self, variable: str, address: str) -> None:
        with pytest.raises(DeviceSettingsError, match=f"^{variable} can't be used"):
            proxy_rules({variable: address})

    def test_password_is_in_no_message_and_no_repr(self) -> None:
        rules = proxy_rules({"HTTPS_PROXY": "http://user:hunter2@proxy.example:3128"})
        proxy = rules.proxy_for("https://pair.example")
        assert proxy is not None
        assert "hunter2" not in f"{rules!r} {proxy!r} {proxy.origin}"
        with pytest.raises(DeviceSettingsError) as refused:
            proxy_rules({"HTTPS_PROXY": "ftp://user:hunter2@proxy.example"})
        assert "hunter2" not in str(refused.value)

    def test_socks_without_its_extra_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rules = proxy_rules({"ALL_PROXY": "socks5://proxy.example:1080"})
        monkeypatch.setattr("pairgrant.oauth.routed_transport.find_spec", lambda _: None)
        with pytest.raises(DeviceSettingsError, match=r"ALL_PROXY .*pairgrant\[socks\]"):
            RoutedTransport(rules, trusted_authorities(None, {}))
