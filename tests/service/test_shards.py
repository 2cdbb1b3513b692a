"""Three producers share the feeds; one is killed. No feed is asked twice, and none is forgotten."""

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from producers.shard import shard_of
from tests.world import Server, rss

HOSTS, FEEDS_EACH = 18, 5


class Many(Server):
    """Feeds on many addresses of the loopback; keeps what it was asked, under the name of the host."""

    def __init__(self):
        super().__init__(host="0.0.0.0")
        self.asked = []

    def get(self, request):
        self.asked.append(request.headers["Host"] + request.path)
        published = datetime.now(UTC) - timedelta(hours=1)
        request.answer(200, rss([("g", "One", "Two", published)]), ETag='"1"')


@pytest.mark.service
@pytest.mark.timeout(600)
def test_when_a_producer_is_killed_the_others_ask_its_feeds_and_no_feed_is_asked_twice(cluster):
    with Many() as feeds:
        port = feeds.url.rsplit(":", 1)[1]
        hosts = [f"127.1.0.{number}" for number in range(1, HOSTS + 1)]
        urls = [f"http://{host}:{port}/{number}" for host in hosts for number in range(FEEDS_EACH)]
        assert len({shard_of(host, 3) for host in hosts}) == 3
        cluster.environ |= {
            "TOCSIN__FEEDS__URLS": json.dumps(urls),
            "TOCSIN__FEEDS__DEFAULTS": "false",
            "TOCSIN__FETCH__NETWORK": json.dumps({"allow_networks": ["127.0.0.0/8"], "ports": [int(port)]}),
            "TOCSIN__POLL__HOST_PAUSE_SECONDS": "3",
        }
        processes = {}
        for number in (1, 2, 3):
            processes[number] = cluster.start("produce", "--shard", f"{number}/3", "-c", write(cluster.folder, number))
        victims = {host for host in hosts if shard_of(host, 3) == 2}

        def of_victims():
            return [asked for asked in list(feeds.asked) if asked.split(":")[0] in victims]

        until(of_victims, cluster)
        time.sleep(1)  # what was begun together has been asked, and what comes next is not yet begun
        processes[2].kill()
        until(lambda: len({*feeds.asked}) == len(urls), cluster)
        time.sleep(5)
        twice = {url: count for url, count in Counter(feeds.asked).items() if count > 1}
        assert twice == {}


def write(folder, number):
    """A configuration whose data is the process's own."""
    path = folder / f"{number}.toml"
    path.write_text(f'data_dir = "{folder}/data-{number}"\n')
    return str(path)


def until(holds, cluster, seconds=150):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, cluster.logs()
        time.sleep(0.1)
