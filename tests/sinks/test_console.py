"""One compact block an alert: plain in a pipe, coloured on a terminal, and never obeyed by either."""

from __future__ import annotations

import io
import re

import pytest

from sinks.console import ConsoleSettings, ConsoleSink
from sinks.sink import DeliveryError
from tests.sinks.hostile import HOSTILE
from tests.values import alert
from tocsin.model import Actor, Level, Place, Quote


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def shown(*alerts, stream=None):
    stream = stream or io.StringIO()
    sink = ConsoleSink("desk", stream)
    for one in alerts:
        sink.send(one)
    return stream.getvalue()


def test_a_pipe_gets_plain_lines():
    quotes = (Quote(text="Nine people were killed.", outlet="dawn.example", url="https://dawn.example/1"),)
    assert shown(alert(quotes=quotes, sources=2, outlets=3)) == (
        "4 FORCE opened  ? -> ?  ASSAULT  2026-03-01  reported\n"
        "  Pakistan strikes targets in Iran\n"
        "  why: First report of an air strike by Pakistan in Iran.\n"
        '  "Nine people were killed." - dawn.example\n'
        "  2 independent sources, 3 outlets\n"
        "  https://dawn.example/1\n"
        "\n"
    )


def test_a_terminal_gets_the_same_words_with_colours(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    told = shown(alert(level=Level.WAR), stream=Terminal())
    assert "\x1b[" in told
    assert re.sub(r"\x1b\[[0-9;]*m", "", told) == shown(alert(level=Level.WAR))


def test_a_long_line_is_not_broken_where_a_script_would_read_it():
    assert f"  {'word ' * 60}".rstrip() in shown(alert(headline="word " * 60)).splitlines()


@pytest.mark.parametrize("level", Level)
def test_every_level_has_its_look(level):
    assert shown(alert(level=level)).startswith(f"{level.value} {level.name} ")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_inert(text, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    poisoned = alert(
        headline=text,
        reason=text,
        mode=text,
        actor=Actor(text=text),
        place=Place(name=text),
        quotes=(Quote(text=text, outlet=text, url=f"https://e.example/{text}"),),
    )
    plain, coloured = shown(poisoned), shown(poisoned, stream=Terminal())
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert re.fullmatch(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*", plain)
    assert len(plain.splitlines()) <= 7


def test_what_looks_like_markup_or_an_emoji_code_is_shown_as_it_stands():
    assert "  [bold]x[/nope] :warning:\n" in shown(alert(headline="[bold]x[/nope] :warning:"))


def test_a_stream_that_cannot_say_a_letter_gets_a_question_mark():
    raw = io.BytesIO()
    shown_to = io.TextIOWrapper(raw, encoding="ascii")
    ConsoleSink("desk", shown_to).send(alert(headline="Żołnierze…"))
    assert b"  ?o?nierze?\n" in raw.getvalue()


def test_a_reader_that_went_away_is_no_crash():
    class Broken(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    with pytest.raises(DeliveryError) as told:
        ConsoleSink("desk", Broken()).send(alert())
    assert (told.value.reason, told.value.retry) == ("closed", True)


def test_a_closed_stream_is_told_at_the_check():
    stream = io.StringIO()
    sink = ConsoleSink("desk", stream)
    sink.check()
    stream.close()
    with pytest.raises(DeliveryError, match="closed"):
        sink.check()
    with pytest.raises(DeliveryError, match="closed"):
        sink.send(alert())


def test_the_settings_build_a_sink_on_standard_output(capsys):
    sink = ConsoleSettings().build("desk")
    sink.send(alert())
    sink.close()
    assert sink.name == "desk"
    assert "Pakistan strikes targets in Iran" in capsys.readouterr().out
