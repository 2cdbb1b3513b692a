"""A stream, the latest states and their indexes: all of it once per alert id, in a Redis that is allowed to fail."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from pydantic import ValidationError

from sinks.deliver import drain
from sinks.redis import LEAST_RIGHTS, RedisSettings, dyad_key
from sinks.sink import DeliveryError, UnreachableError
from tests.values import NOON, alert
from tocsin.model import Alert, Dyad, Level
from tocsin.store import Store
from tocsin.wire import load

service = pytest.mark.service


@pytest.fixture
def connected(redis_server):
    """Makes sinks of the running server; closes them."""
    opened = []

    def connect(url=None, **told):
        sink = RedisSettings(url=url or redis_server.url, timeout=1, **told).build("desk")
        opened.append(sink)
        return sink

    yield connect
    for sink in opened:
        sink.close()


# -- what is written


@service
def test_an_alert_is_in_the_stream_with_what_a_reader_filters_on_and_as_a_whole(connected, redis_server):
    connected().send(alert("a1", incident="i1", level=Level.WAR))
    ((_, told),) = redis_server.admin.xrange("{tocsin}:alerts")
    assert load(told.pop("alert"), Alert) == alert("a1", incident="i1", level=Level.WAR)
    assert told == {
        "id": "a1",
        "incident": "i1",
        "revision": "1",
        "kind": "opened",
        "level": "5",
        "dyad": "IRN-PAK",
        "at": str(int(NOON.timestamp())),
    }


@service
def test_the_same_alert_again_changes_nothing(connected, redis_server):
    sink = connected()
    for _ in range(3):
        sink.send(alert("a1"))
    assert redis_server.admin.xlen("{tocsin}:alerts") == 1


@service
def test_the_latest_revision_of_an_incident_is_its_state_in_whatever_order_they_come(connected, redis_server):
    sink = connected()
    for revision in (1, 10, 9):
        sink.send(alert(f"a{revision}", incident="i1", revision=revision))
    assert redis_server.admin.hget("{tocsin}:incident:i1", "revision") == "10"
    assert redis_server.admin.xlen("{tocsin}:alerts") == 3


@service
def test_incidents_are_found_by_time_and_by_dyad(connected, redis_server):
    sink = connected()
    later = NOON + timedelta(hours=1)
    sink.send(alert("a", incident="i1"))
    sink.send(alert("b", incident="i2", dyad=Dyad("RUS", "UKR"), at=later))
    sink.send(alert("c", incident="i1", at=later + timedelta(hours=1), revision=2))
    assert redis_server.admin.zrange("{tocsin}:by-time", 0, -1) == ["i2", "i1"]
    assert redis_server.admin.zrange("{tocsin}:dyad:RUS-UKR", 0, -1, withscores=True) == [("i2", later.timestamp())]


@service
def test_the_indexes_forget_what_is_older_than_is_kept(connected, redis_server):
    sink = connected(keep=timedelta(days=2))
    sink.send(alert("a", incident="i1"))
    sink.send(alert("b", incident="i2", at=NOON + timedelta(days=3)))
    assert redis_server.admin.zrange("{tocsin}:by-time", 0, -1) == ["i2"]
    assert 0 < redis_server.admin.ttl("{tocsin}:incident:i1") <= 2 * 86_400
    assert 0 < redis_server.admin.ttl("{tocsin}:seen:a") <= 2 * 86_400


@service
def test_the_stream_is_capped(connected, redis_server):
    sink = connected(stream_length=100)
    for n in range(500):
        sink.send(alert(f"a{n}"))
    assert 100 <= redis_server.admin.xlen("{tocsin}:alerts") < 250  # whole nodes of the stream are dropped, hence "about"


@service
def test_who_listens_gets_the_id_as_a_hint(connected, redis_server):
    listener = redis_server.admin.pubsub()
    listener.subscribe("{tocsin}:new")
    assert listener.get_message(timeout=5)["type"] == "subscribe"
    connected().send(alert("a1"))
    assert listener.get_message(timeout=5)["data"] == "a1"
    listener.close()


@service
def test_all_keys_stand_under_the_prefix_in_one_slot(connected, redis_server):
    sink = connected(prefix="desk-2")
    sink.send(alert("a", dyad=Dyad("?", "gunmen } of\r\n{x}")))
    keys = redis_server.admin.keys("*")
    assert keys
    assert all(key.startswith("{desk-2}:") for key in keys)
    assert not any("gunmen" in key for key in keys)


@service
def test_the_check_leaves_nothing_behind(connected, redis_server):
    connected().check()
    keys = redis_server.admin.keys("*")
    assert keys
    assert all(0 < redis_server.admin.ttl(key) <= 1 or redis_server.admin.ttl(key) == -2 for key in keys)


@pytest.mark.parametrize(
    ("dyad", "plain"),
    [(Dyad("IRN", "PAK"), True), (Dyad("SDN:MIL", "SDN:REB"), True), (Dyad("?", "IRN"), False), (Dyad("a" * 99, "b"), False)],
)
def test_a_dyad_whose_name_is_no_plain_word_is_kept_under_its_hash(dyad, plain):
    assert (dyad_key(dyad) == str(dyad)) is plain
    assert len(dyad_key(dyad)) <= 64


# -- rights


def _user(server, name, rights, keys="~{tocsin}:*", channels="&{tocsin}:*"):
    told = ["on", ">pw", "resetkeys", *([keys] if keys else []), "resetchannels", *([channels] if channels else []), *rights.split()]
    server.admin.execute_command("ACL", "SETUSER", name, "reset", *told)
    return f"unix://{name}:pw@{server.socket}"


@service
def test_the_least_rights_are_enough(connected, redis_server):
    sink = connected(_user(redis_server, "least", LEAST_RIGHTS))
    sink.check()
    sink.send(alert())
    sink.send(alert())
    assert redis_server.admin.xlen("{tocsin}:alerts") == 1


@service
@pytest.mark.parametrize("right", [right for right in LEAST_RIGHTS.split() if right not in ("-@all", "+ping", "+select")])
def test_a_right_that_is_missing_is_named_at_the_check_and_costs_no_alert(connected, redis_server, right):
    url = _user(redis_server, "less", LEAST_RIGHTS.replace(f" {right} ", " ").removesuffix(f" {right}"))
    redis_server.admin.script_flush()
    with pytest.raises(DeliveryError) as told:
        connected(url).check()
    assert (told.value.reason, told.value.retry) == ("no_permission", False)
    assert right.removeprefix("+").upper().split("|")[0] in told.value.remedy.partition(";")[0]
    for _ in range(2):
        with suppress(DeliveryError):  # +info and +script|load may not be needed to send
            connected(url).send(alert())
        _user(redis_server, "less", LEAST_RIGHTS)
    assert redis_server.admin.xlen("{tocsin}:alerts") in (1, 2)  # 2: the mark could not be set the first time


@service
@pytest.mark.parametrize(("keys", "channels"), [("~other:*", "&{tocsin}:*"), ("~{tocsin}:*", "&other")])
def test_keys_or_a_channel_that_are_not_ours_are_told_at_the_check(connected, redis_server, keys, channels):
    with pytest.raises(DeliveryError, match="no_permission") as told:
        connected(_user(redis_server, "else", LEAST_RIGHTS, keys, channels)).check()
    assert not told.value.retry


@service
def test_a_wrong_password_is_told_without_being_repeated(connected, redis_server):
    url = _user(redis_server, "locked", LEAST_RIGHTS).replace(":pw@", ":hunter2@")
    with pytest.raises(DeliveryError, match="authentication") as told:
        connected(url).check()
    assert not told.value.retry
    assert "hunter2" not in str(told.value)
    with pytest.raises(DeliveryError, match="authentication") as told:
        connected(url).send(alert())
    assert told.value.retry  # the password may be put right while alerts wait


@service
@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl"])
def test_a_redis_that_drops_keys_when_it_is_full_is_refused_at_the_check(connected, redis_server, policy):
    redis_server.admin.config_set("maxmemory-policy", policy)
    with pytest.raises(DeliveryError, match="maxmemory-policy to noeviction") as told:
        connected().check()
    assert not told.value.retry


# -- trouble


@service
def test_a_full_redis_is_tried_again_and_then_has_the_alert_once(connected, redis_server):
    sink = connected()
    redis_server.admin.config_set("maxmemory", 1)
    with pytest.raises(DeliveryError, match="out_of_memory") as told:
        sink.send(alert())
    assert told.value.retry
    redis_server.admin.config_set("maxmemory", 0)
    sink.send(alert())
    assert redis_server.admin.xlen("{tocsin}:alerts") == 1


@service
def test_a_replica_is_tried_again(connected, redis_server):
    sink = connected()
    redis_server.admin.replicaof("127.0.0.1", "1")
    with pytest.raises(DeliveryError, match="read_only") as told:
        sink.send(alert())
    assert told.value.retry
    redis_server.admin.replicaof("NO", "ONE")
    sink.send(alert())


@service
def test_keys_that_are_used_by_something_else_are_told(connected, redis_server):
    redis_server.admin.set("{tocsin}:alerts", "mine")
    with pytest.raises(DeliveryError, match="another prefix") as told:
        connected().send(alert())
    assert told.value.retry
    redis_server.admin.delete("{tocsin}:alerts")
    connected().send(alert())
    assert redis_server.admin.xlen("{tocsin}:alerts") == 1


@service
def test_a_redis_that_was_restarted_empty_is_served_on(connected, redis_server):
    sink = connected()
    sink.send(alert("a"))
    redis_server.kill()
    with pytest.raises(UnreachableError):
        sink.send(alert("b"))
    redis_server.start()
    sink.send(alert("b"))
    sink.send(alert("c"))
    assert redis_server.admin.xlen("{tocsin}:alerts") == 2


@service
def test_a_redis_that_hangs_is_given_up_soon(connected, redis_server):
    sink = connected()
    sink.send(alert("a"))
    redis_server.freeze()
    try:
        with pytest.raises(DeliveryError, match="timeout") as told:
            sink.send(alert("b"))
    finally:
        redis_server.thaw()
    assert told.value.retry
    sink.send(alert("b"))
    assert redis_server.admin.xlen("{tocsin}:alerts") == 2


@service
def test_nothing_is_lost_or_doubled_while_redis_is_away(connected, redis_server, tmp_path):
    store = Store(tmp_path / "tocsin.db")
    with store.transaction():
        for n in range(1000):
            store.add_alert(alert(f"a{n}", incident=f"i{n % 50}", revision=n), ["desk"])
    outbox, now, redis = store.outbox(), NOON, redis_server
    redis.kill()

    def wait(longest):
        nonlocal now
        before, now = now, now + longest
        if before < NOON + timedelta(seconds=60) <= now:
            redis.start()
        return now > NOON + timedelta(seconds=120)

    drain(outbox, connected(), lambda: now, wait)
    assert store.deliveries() == {"desk": {"delivered": 1000}}
    outbox.close()
    store.close()
    ids = [told["id"] for _, told in redis.admin.xrange("{tocsin}:alerts")]
    assert sorted(ids) == sorted(f"a{n}" for n in range(1000))
    for incident in range(50):
        of_one = [int(name[1:]) for name in ids if int(name[1:]) % 50 == incident]
        assert of_one == sorted(of_one)


def test_nobody_there_is_unreachable():
    sink = RedisSettings(url="redis://127.0.0.1:1/0", timeout=1).build("desk")
    with pytest.raises(UnreachableError):
        sink.send(alert())
    with pytest.raises(UnreachableError):
        sink.check()
    sink.close()


# -- the settings


def test_the_url_may_stand_in_a_file(tmp_path):
    (tmp_path / "url").write_text("unix:///tmp/nowhere\n")
    RedisSettings(url_file=tmp_path / "url").build("desk").close()
    with pytest.raises(ValueError, match=r"url_file: .*gone cannot be read"):
        RedisSettings(url_file=tmp_path / "gone").build("desk")
    with pytest.raises(ValidationError, match="either url or url_file"):
        RedisSettings(url="redis://a", url_file=tmp_path / "url")


def test_a_url_of_another_kind_is_refused_without_being_repeated():
    with pytest.raises(ValueError, match="redis://, rediss:// or unix://") as told:
        RedisSettings(url="http://user:hunter2@a").build("desk")
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("prefix", ["", "a b", "{x}", "a" * 65, "a\n"])
def test_a_prefix_that_would_break_keys_is_refused(prefix):
    with pytest.raises(ValidationError):
        RedisSettings(prefix=prefix)


@pytest.mark.parametrize("keep", [timedelta(hours=1), timedelta(days=-3)])
def test_marks_are_kept_longer_than_deliveries_are_retried(keep):
    with pytest.raises(ValidationError):
        RedisSettings(keep=keep)
