"""What a web page is that came where a feed should be: a challenge for browsers, a login, or some page."""

from __future__ import annotations

import re

REACH = 65_536
"""Characters of a page that are looked at."""
_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{0,300})", re.IGNORECASE)
_CHALLENGE_TITLES = (
    "just a moment",
    "attention required",
    "checking your browser",
    "ddos-guard",
    "are you a robot",
    "pardon our interruption",
)
_CHALLENGE_MARKS = ("_cf_chl_opt", "_incapsula_resource", "captcha-delivery.com", "px-captcha", "gokuprops")
"""What only the challenge pages of the large providers load or name; ordinary pages have captchas too, in their forms."""
_PASSWORD = re.compile(r"""<input\b[^>]{0,500}?\btype\s{0,4}=\s{0,4}["']?password\b""", re.IGNORECASE)
_LOGIN_TITLES = re.compile(r"\b(?:log ?in|sign ?in|sign ?on|anmelden|connexion|iniciar sesi[oó]n|einloggen)\b", re.IGNORECASE)

_LINKS_OF_A_LOGIN = 20
"""More links than that has a page of another kind, with a login form in its corner."""


def kind_of_page(text: str) -> str:
    """`challenge`, `login`, or "" for any other page. Time linear in what is looked at."""
    text = text[:REACH]
    lowered = text.lower()
    found = _TITLE.search(text)
    title = found.group(1) if found else ""
    if any(words in title.lower() for words in _CHALLENGE_TITLES) or any(mark in lowered for mark in _CHALLENGE_MARKS):
        return "challenge"
    if _LOGIN_TITLES.search(title) or (_PASSWORD.search(text) and lowered.count("<a ") <= _LINKS_OF_A_LOGIN):
        return "login"
    return ""
