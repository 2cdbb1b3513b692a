"""The politeness bench, in a share that is quick: no rule is broken, and the publisher would see it if one were."""

import asyncio

import pytest

from bench.politeness import measure_tocsin
from bench.publisher import DAY, HOUR, KINDS, MINUTE, RULES, Publisher, VirtualTime


@pytest.mark.timeout(300)
def test_no_rule_is_broken_though_the_service_is_killed_restarted_and_its_clock_set_wrong():
    told = measure_tocsin(feeds=20, hosts=7, days=0.75, interruptions=2)
    assert told["violations"] == {str(rule): 0 for rule in RULES}, told["examples"]
    assert told["requests"] > 20 * 6
    assert {"200", "304", "429", "302", "301"} <= told["statuses"].keys()


@pytest.fixture
def publisher(tmp_path):
    publisher = Publisher(VirtualTime(tmp_path / "clock"), len(KINDS), ["127.1.0.1"])
    publisher.port = 80
    return publisher


GOOD = {"user-agent": "tocsin/1 (+https://example.org/)"}


def ask(publisher, kind, at, **headers):
    """One request at a virtual second; the answer's status and headers."""
    publisher._time.now = at
    told = GOOD | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "\r\n".join([f"GET /f/{KINDS.index(kind)} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""])
    answer = publisher._answer("127.1.0.1", head.encode("latin-1")).decode("latin-1").split("\r\n\r\n", 1)[0].split("\r\n")
    publisher._host("127.1.0.1").ended = at
    return int(answer[0].split(" ")[1]), dict(line.split(": ", 1) for line in answer[1:])


def conditions(headers):
    return {"if_none_match": headers["ETag"], "if_modified_since": headers["Last-Modified"]}


def broken(publisher):
    return {rule for rule, count in publisher.violations.items() if count}


def test_a_polite_reader_breaks_no_rule(publisher):
    _, told = ask(publisher, "plain", 0)
    assert ask(publisher, "plain", HOUR, **conditions(told))[0] == 304
    assert broken(publisher) == set()


def test_each_rule_is_seen_when_it_is_broken(publisher):
    _, told = ask(publisher, "plain", 0)
    both = conditions(told)
    for rule, at, headers in [
        (1, HOUR, {}),
        (2, 2 * HOUR, both | {"if_none_match": '"other"'}),
        (3, 3 * HOUR, both | {"if_modified_since": "never"}),
        (4, 4 * HOUR + 1, {"if_none_match": "x"}),
    ]:
        publisher.violations.clear()
        publisher._records["127.1.0.1/f/0"].given = tuple(both.values())
        ask(publisher, "plain", at, **headers)
        assert rule in broken(publisher), rule


@pytest.mark.parametrize(
    ("rule", "kind", "moments"),
    [
        (5, "plain", [0, 58 * MINUTE]),
        (6, "max-age", [0, 119 * MINUTE]),
        (6, "expires", [0, 179 * MINUTE]),
        (6, "ttl", [0, 179 * MINUTE]),
        (8, "gone", [2 * DAY + 1, 4 * DAY]),
        (9, "moved", [DAY, 1.5 * DAY, 2 * DAY, 2.2 * DAY, 2.4 * DAY]),
        (11, "plain", [0, 0.2]),
    ],
)
def test_each_rule_of_time_is_seen_when_it_is_broken(publisher, rule, kind, moments):
    for moment in moments:
        assert rule not in broken(publisher)
        ask(publisher, kind, moment)
    assert rule in broken(publisher)


def test_a_host_that_asked_for_patience_sees_who_has_none(publisher):
    at = next(moment * 6 * HOUR for moment in range(1, 99) if ask(publisher, "429", moment * 6 * HOUR)[0] == 429)
    publisher.violations.clear()
    ask(publisher, "plain", at + HOUR)
    assert broken(publisher) == {7}


def test_a_request_more_after_a_restart_is_counted_as_such(publisher):
    ask(publisher, "no validators", 0)
    publisher._time.now = MINUTE
    publisher.event("restart")
    ask(publisher, "no validators", 2 * MINUTE)
    assert broken(publisher) == {12}


def test_what_a_crash_swallowed_binds_nobody_but_to_the_floor(publisher):
    ask(publisher, "max-age", 0)
    publisher.event("crash")
    ask(publisher, "max-age", HOUR)
    assert broken(publisher) == set()
    publisher.event("crash")
    ask(publisher, "max-age", HOUR + MINUTE)
    assert broken(publisher) == {12}


@pytest.mark.parametrize("headers", [{"cookie": "a=b"}, {"referer": "https://x/"}, {"user_agent": "curl"}, {"user_agent": "a/1"}])
def test_who_asks_must_say_so_and_no_more(publisher, headers):
    ask(publisher, "plain", 0, **headers)
    assert broken(publisher) == {10}


def test_a_second_connection_to_a_host_is_seen(publisher):
    async def go():
        (listening,) = await publisher.serve()
        first = await asyncio.open_connection("127.1.0.1", publisher.port)
        second = await asyncio.open_connection("127.1.0.1", publisher.port)
        await asyncio.sleep(0.05)
        for _, writer in (first, second):
            writer.close()
        await asyncio.sleep(0.05)
        listening.close()

    asyncio.run(go())
    assert broken(publisher) == {11}
