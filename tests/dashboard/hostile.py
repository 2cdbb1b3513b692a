"""What strangers write to make a browser obey: markup, links, styles, directions, endless words. Told in every field an alert has."""

from __future__ import annotations

from datetime import timedelta

from tests.dashboard.desk import AFTER_SAMPLE
from tests.sinks.hostile import HOSTILE as OF_OTHERS
from tests.values import alert
from tocsin.model import Actor, Dyad, Link, Mark, Place, Quote, Toll

_MARKUP = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=https://evil.example/p.png onerror=alert(1)>",
    "<svg onload=alert(1)><use href=https://evil.example/x.svg#a></svg>",
    "<iframe src=https://evil.example/></iframe>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example/><button>OK</button></form>",
    "<style>*{display:none}</style>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<p style='position:fixed;inset:0;background:red'>x</p>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus=alert(1) x='",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</pre><script>alert(1)</script>",
    "<!--",
    "-->",
    "<![CDATA[x]]>",
    "<?php echo 1 ?>",
    "<%= 7*7 %>",
    "{{ 7*7 }}",
    "{% raw %}",
    "{{ config }}",
    "${7*7}",
    "#{7*7}",
    "[[7*7]]",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "&#x3c;script&#x3e;alert(1)",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<details open ontoggle=alert(1)>",
    "<video src=https://evil.example/v onerror=alert(1)>",
    "<object data=https://evil.example/>",
    "<a href='javascript:alert(1)'>click</a>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data: x\n\nevent: strip\ndata: <script>alert(1)</script>\n\n",
    "\r\n\r\nevent: alert\r\nid: 0\r\ndata: forged",
    "id: 999999\nretry: 1",
    "W" * 4000,
    "ا" * 600,
    "🚨" * 300,
    "a\u202eb" * 50,
    ("Z" + "\u0300\u0316\u0317\u0351" * 6) * 20,
    "x" * 80 + "/" + "y" * 400,
    "《" * 200,
    "\u200b" * 500 + "x",
    "\u2028alert(1)",
    "\u0000nul",
    "＜script＞alert(1)＜/script＞",
]

HEADLINES = tuple(
    text for text in dict.fromkeys((*_MARKUP, *OF_OTHERS)) if text.isprintable() or text.encode("utf-8", "ignore").decode() == text
)
"""More than a hundred. Lone surrogates are left out: no store can hold them."""


def hostile_alert(n: int, text: str):
    """An alert in which a stranger wrote the same text wherever a stranger can."""
    return alert(
        f"hostile {n}",
        incident=f"{n:032x}",
        at=AFTER_SAMPLE - timedelta(minutes=n),
        headline=text,
        reason=text,
        mode=text[:200],
        actor=Actor(text=text, id=text[:100], country=text[:50], sector="MIL"),
        target=Actor(text=text),
        dyad=Dyad.of(text[:100] or "x", "IRN"),
        place=Place(name=text, country=text[:40], lat=35.0, lon=51.0),
        tolls=(Toll(kind=text[:60], min=1, max=3),),
        quotes=(
            Quote(
                text=text,
                outlet=text,
                url=text,
                marks=(Mark(start=0, end=max(len(text) // 2, 1), role=text[:30]), Mark(start=-5, end=10**6, role="type")),
            ),
            Quote(text=text, outlet=text, url=f"https://wire.example/{text[:40]}"),
            Quote(text=text, outlet="wire.example", url="javascript:alert(1)"),
        ),
        responds_to=Link(quote=text, incident=text[:64], by=text[:30], against=text[:30], hours=3.0, headline=text),
        chain=(Link(quote=text, incident=text[:64], by=text[:30], against=text[:30], hours=3.0, headline=text),),
    )
