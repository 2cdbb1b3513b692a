"""The sample archive is what its README says: feeds that overlap, times that agree, and no outlet that exists."""

import re
import tomllib
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import feedparser
import pytest

import tocsin

SAMPLE = Path(tocsin.__file__).parent / "sample"
EXPECTED = tomllib.loads((Path(__file__).parent / "expected.toml").read_text(encoding="utf-8"))
FEEDS = {feed["name"]: feed for feed in tomllib.loads((SAMPLE / "feeds.toml").read_text(encoding="utf-8"))["feed"]}
POLLS = sorted(SAMPLE.glob("*/*.xml"))
BROKEN = {"levant-daily/20240414T080000Z.xml", "plain-bulletin/20240118T110000Z.xml"}


def name(poll: Path) -> str:
    return poll.relative_to(SAMPLE).as_posix()


def entries(poll: Path) -> list:
    return feedparser.parse(poll.read_bytes()).entries


def keys(poll: Path) -> set[str]:
    return {entry.link.partition("?")[0] for entry in entries(poll)}


def test_every_folder_is_a_feed_and_every_feed_a_folder():
    assert {poll.parent.name for poll in POLLS} == set(FEEDS)


@pytest.mark.parametrize("poll", POLLS, ids=name)
def test_a_poll_is_well_formed_unless_it_is_one_of_the_broken_two(poll):
    assert bool(feedparser.parse(poll.read_bytes()).bozo) is (name(poll) in BROKEN)


@pytest.mark.parametrize("poll", POLLS, ids=name)
def test_nothing_is_published_after_it_was_fetched(poll):
    fetched = datetime.strptime(poll.stem, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    for entry in entries(poll):
        if entry.get("published_parsed"):
            assert datetime(*entry.published_parsed[:6], tzinfo=UTC) <= fetched, entry.title


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_polls_within_two_days_of_one_feed_overlap(feed):
    polls = [poll for poll in POLLS if poll.parent.name == feed and name(poll) not in BROKEN]
    for earlier, later in pairwise(polls):
        if int(later.stem[:8]) - int(earlier.stem[:8]) <= 2:
            assert keys(earlier) & keys(later), f"{name(earlier)} and {name(later)} share no entry"


def test_only_reserved_hosts_are_named():
    namespaces = {"purl.org", "www.w3.org"}
    hosts = {host for poll in POLLS for host in re.findall(rb"https?(?:://|%3A%2F%2F)([^/%\"<&?]+)", poll.read_bytes())}
    assert {host.decode() for host in hosts if not host.endswith(b".example")} <= namespaces


def test_the_archive_is_of_the_size_it_should_be():
    assert sum(poll.stat().st_size for poll in POLLS) <= 400_000
    links = {link for poll in POLLS for link in keys(poll)}
    assert 60 <= len(links) <= 100


def test_every_expected_answer_names_an_earlier_incident():
    when = {incident["name"]: incident["on"] for incident in EXPECTED["incident"]}
    for incident in EXPECTED["incident"]:
        assert "answers" not in incident or when[incident["answers"]] < incident["on"], incident["name"]


def test_every_line_of_noise_stands_in_the_archive():
    links = " ".join(entry.link for poll in POLLS for entry in entries(poll)).replace("%2F", "/")
    for part in EXPECTED["noise"]["sections"] + EXPECTED["noise"]["links"]:
        assert part in links
