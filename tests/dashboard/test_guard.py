"""Who may read the page, under which name, and what every answer tells the browser."""

from __future__ import annotations

import re

import httpx
import pytest
from pydantic import ValidationError

from tests.dashboard.desk import page
from tocsin.dashboard.guard import SECURITY, is_known_host, is_own_path
from tocsin.dashboard.settings import DashboardSettings

TOKEN = "a token of more than sixteen characters"


@pytest.mark.parametrize(
    ("told", "fits"),
    [
        ({}, True),
        ({"listen": "[::1]:0"}, True),
        ({"listen": "localhost:8600"}, True),
        ({"listen": "off"}, True),
        ({"listen": "0.0.0.0:8600"}, False),
        ({"listen": ":8600"}, False),
        ({"listen": "[::]:8600"}, False),
        ({"listen": "page.example:8600"}, False),  # a name may lead anywhere
        ({"listen": "0.0.0.0:8600", "token_file": "/etc/tocsin/token"}, True),
        ({"listen": "0.0.0.0:8600", "trust_proxy": True}, True),
    ],
)
def test_nobody_listens_beyond_the_loopback_without_a_guard(told, fits):
    if fits:
        DashboardSettings(**told)
    else:
        with pytest.raises(ValidationError, match="can be reached from other machines: set token_file"):
            DashboardSettings(**told)


@pytest.mark.parametrize(
    ("host", "told", "known"),
    [
        ("127.0.0.1:8600", {}, True),
        ("localhost:8600", {}, True),
        ("[::1]:8600", {}, True),
        ("192.0.2.7", {}, True),  # an address is nobody's name: no rebinding
        ("evil.example:8600", {}, False),
        ("localhost.evil.example", {}, False),
        ("127.0.0.1.evil.example", {}, False),
        ("", {}, False),
        ("[::1", {}, False),
        ("news.example", {"hosts": ("news.example",)}, True),
        ("other.example", {"hosts": ("news.example",), "trust_proxy": True}, False),
        ("any.example", {"trust_proxy": True}, True),  # the proxy chose it
    ],
)
def test_the_page_answers_under_its_own_names_only(host, told, known):
    assert is_known_host(host, DashboardSettings(**told)) is known


def test_a_redirect_leads_nowhere_else():
    assert [is_own_path(path) for path in ("/map", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb")] == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_every_answer_has_the_headers_that_bind_the_browser(store_path):
    with page(store_path) as (address, _):
        for path in ("/", "/nowhere", "/static/tocsin.css", "/live?after=0"):
            with httpx.stream("GET", address + path) as answer:
                assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY, path
        assert httpx.get(address, headers={"host": "evil.example"}).status_code == 421
        assert httpx.request("DELETE", address).status_code == 405


def test_with_a_token_only_who_knows_it_reads(store_path, tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    with page(store_path, token_file=tmp_path / "token") as (address, _):
        assert httpx.get(address).status_code == 401
        assert httpx.get(f"{address}/live").status_code == 401
        assert httpx.get(address, headers={"authorization": "Bearer wrong"}).status_code == 401
        assert httpx.get(address, headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        with httpx.Client(base_url=address, headers={"accept": "text/html"}, follow_redirects=True) as reader:
            asked = reader.get("/?level=4")
            assert "Token" in asked.text
            proof = re.search(r'name="form" value="(\w+)"', asked.text).group(1)
            assert reader.post("/login", data={"token": TOKEN}).status_code == 403
            wrong = reader.post("/login", data={"token": "no", "form": proof})
            assert (wrong.status_code, "not the token" in wrong.text) == (403, True)
            entered = reader.post("/login", data={"token": TOKEN, "form": proof, "next": "//evil.example"})
            assert (entered.status_code, "Alerts" in entered.text, entered.url.host) == (200, True, "127.0.0.1")
            assert all(
                "httponly" in cookie.lower() and "samesite=strict" in cookie.lower()
                for cookie in entered.history[0].headers.get_list("set-cookie")
            )


@pytest.mark.parametrize("text", [None, "short", ""])
def test_a_token_file_that_holds_no_token_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "token").write_text(text)
    with pytest.raises(ValueError, match="token_file"):
        DashboardSettings(token_file=tmp_path / "token").token()
