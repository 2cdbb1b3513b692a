"""The text of an article's page, however the page is made; in the worker, where it can cost no more than that."""

import asyncio
import time

import pytest

from producers.article import extract, is_about, is_reserved
from producers.fault import ParseError, ParseFault
from producers.pool import ParserPool, ParserSettings

STORY = [f"Officials said on day {n} that the strike on the harbour had hurt many people, and that ships were diverted." for n in range(6)]


def page(paragraphs=STORY, head="", around="{}"):
    told = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html><head><title>T</title>{head}</head><body><nav><a href='/'>Home</a><a href='/news'>News</a></nav>"
        + around.format(f"<article><h1>Strike on the harbour</h1>{told}</article>")
        + "<footer>All rights reserved. Subscribe to our newsletter.</footer><script>alert('x')</script></body></html>"
    ).encode()


def test_the_text_of_the_article_and_nothing_around_it():
    text = extract(page(), "text/html; charset=utf-8")
    assert all(paragraph in text for paragraph in STORY)
    assert not any(word in text for word in ("newsletter", "Home", "alert("))


def test_the_same_page_gives_the_same_text_every_time():
    assert len({extract(page(), "text/html") for _ in range(20)}) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "iso-8859-1", "utf-16"])
def test_the_encoding_is_that_of_the_header_or_the_mark(encoding):
    told = "Der Präsident erklärte am {}. Tag, die Gespräche würden fortgesetzt, während {} Schiffe den Hafen verließen."
    body = page([told.format(n, 3 * n) for n in range(5)]).decode()
    assert "Präsident erklärte" in extract(body.encode(encoding), f"text/html; charset={encoding}")


@pytest.mark.parametrize("said", ["noai", "NOARCHIVE", "max-snippet:-1, noai", "none", "tocsin: noarchive"])
def test_a_page_that_reserves_its_use_is_not_read(said):
    assert is_reserved(said)
    with pytest.raises(ParseError) as wrong:
        extract(page(head=f'<META content="{said}" name="robots">'), "text/html")
    assert wrong.value.kind is ParseFault.RESERVED


@pytest.mark.parametrize("said", ["", "index, follow", "noindex", "max-image-preview:large"])
def test_a_page_that_says_less_is(said):
    assert not is_reserved(said)
    assert extract(page(head=f'<meta name="robots" content="{said}">'), "text/html")


def test_a_wall_in_the_way_is_no_article():
    wall = "We value your privacy. We and our partners store and read information on a device, such as cookies. " * 5
    assert not is_about("Israeli air strike on Aleppo kills 12", wall)
    assert is_about("Israeli air strike on Aleppo kills 12", "Twelve died when an Israeli plane struck Aleppo on Friday.")
    assert is_about("Израиль нанёс удар", "По словам властей, Израиль нанёс удар ночью.")


HOSTILE = {
    "deep": b"<div>" * 200_000 + b"text",
    "deep inline": b"<html><body><article>" + b"<b><i>" * 100_000 + b"text " * 100,
    "lists": b"<ul><li>" * 50_000,
    "tables": b"<table><tr><td>" * 50_000,
    "comments": b"<!--" * 200_000,
    "attributes": ("<p " + " ".join(f"a{n}=1" for n in range(60_000)) + ">x</p>").encode(),
    "links": b"<a href='x'>y</a>" * 60_000,
    "entities": b"<p>" + b"&amp;" * 300_000,
    "broken": b"<html><<<p>>>" + bytes(range(256)) * 1_000,
    "nothing": b"",
    "nul": bytes(500_000),
    "unclosed": b"<script>" + b"x" * 500_000,
    "huge": page(["Officials said that the strike had hurt many people."] * 40_000),
    "over the limit": b" " * (6 * 1024 * 1024),
    "lies of its encoding": page() + b"\xff\xfe\x00",
}


def test_no_page_costs_more_than_its_worker():
    async def go():
        with ParserPool(ParserSettings(workers=1, seconds=10)) as pool:
            told = {}
            for name, body in HOSTILE.items():
                began = time.monotonic()
                try:
                    told[name] = len(await pool.extract(body, "text/html"))
                except ParseError as wrong:
                    told[name] = wrong.kind
                assert time.monotonic() - began < 60, name  # ten seconds, a new worker, and a crowded machine
            return told, await pool.extract(page(), "text/html")

    told, after = asyncio.run(go())
    assert told["over the limit"] is ParseFault.TOO_BIG
    assert told["nothing"] == 0
    assert told["lies of its encoding"] > 300
    allowed = {ParseFault.TOO_SLOW, ParseFault.TOO_MUCH_MEMORY, ParseFault.BROKEN, ParseFault.CRASHED, ParseFault.TOO_BIG}
    assert all(isinstance(kind, int) or kind in allowed for kind in told.values()), told
    assert STORY[0] in after
