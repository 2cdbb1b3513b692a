"""A mistake in the configuration is answered with its place, its key and the remedy, and never with a secret."""

from __future__ import annotations

import pytest

from tocsin.settings import ConfigError, Settings, line_of, load_settings

SECRET = "https://hooks.example/services/T0/B0/verysecret"

MISTAKES = [
    # (what is written, where it is wrong, what the answer must say)
    ("data_dirr = 'x'\n", ":1", "did you mean 'data_dir'?"),
    ("[deduplicate]\nwindow_hour = 3\n", ":2", "did you mean 'window_hours'?"),
    ("[dedupe]\n", ":1", "did you mean 'deduplicate'?"),
    ("[deduplicate]\nwindow_hours = 'three'\n", ":2", "valid number"),
    ("x = = 1\n", ":1", "this is not TOML"),
    ("[feeds]\n\nurls = 'https://one.example/rss'\n", ":3", "tuple"),
    ("[feeds]\nurls = ['ftp://one.example/rss']\n", ":2", "http"),
    ("[feeds]\nurls = ['not a url']\n", ":2", "URL"),
    ("[feeds]\ndefault = true\n", ":2", "did you mean 'defaults'?"),
    ("[fetch]\nuser_agnt = 'x'\n", ":2", "did you mean 'user_agent'?"),
    ("[fetch.network]\nallow_networks = ['intranet']\n", ":2", "network"),
    ("[poll]\nconcurrent = 0\n", ":2", "greater than 0"),
    ("[poll.schedule]\ninterval_minutes = 1\n", ":2", "greater than or equal to 5"),
    ("[parse]\nworkers = 0\n", ":2", "greater than 0"),
    ("[sinks.desk]\ntype = 'carrier-pigeon'\n", ":2", "webhook"),
    ("[sinks.desk]\nurl = 'x'\n", ":1", "type"),
    ("[sinks.desk]\ntype = 'webhook'\n", ":1", "url or url_file"),
    ("[sinks.desk]\ntype = 'webhook'\nurl = 'https://a.example'\nsecret = 'whsec_x'\n", ":4", "did you mean 'secrets'?"),
    ("[sinks.'The Desk']\ntype = 'console'\n", ":1", "pattern"),
    ("[lexicon]\nextras = ['a.toml']\n", ":2", "did you mean 'extra'?"),
    ("[sinks.desk]\ntype = 'webhook'\nurl = 'https://a.example'\ntimeout = -1\n", ":4", "greater than 0"),
    ("[feeds]\nurls = ['http://127.0.0.1:8080/rss']\n", ":2", "allow it in [fetch.network] allow_networks"),
    ("[feeds]\nurls = ['https://one.example:9100/rss']\n", ":2", "allow it in [fetch.network] ports"),
    (
        "[sinks.desk]\ntype = 'console'\n[[routing.routes]]\nname = 'a'\n[[routing.routes]]\nname = 'b'\nsinks = ['dsk']\n",
        ":7",
        "did you mean 'desk'?",
    ),
    (
        "[[routing.routes]]\nname = 'a'\n[[routing.routes.routes]]\nname = 'b'\nmute = ['nights']\n[routing.times.night]\n",
        ":5",
        "did you mean 'night'?",
    ),
    ("[poll.schedule]\nadaptive = 'maybe'\n", ":2", "true or false"),
    ("[deduplicate]\nwindow_hours = '72h'\n", ":2", "without a unit"),
    ("[[routing.routes]]\nname = 'a'\ngroup_wait = '5 minutes'\n", ":3", "PT5M"),
    ("[[routing.routes]]\nname = 'a'\ngroup_wait = -5\n", ":3", "greater than or equal to 0"),
    ("[routing.times.night]\nzone = 'Europe/Berln'\n", ":2", "Europe/Berlin"),
    ("[[routing.routes]]\nname = 'a'\nmatch = {types = ['ASSALT']}\n", ":3", "did you mean 'ASSAULT'?"),
    ("[[routing.routes]]\nname = 'a'\nmatch = {min_level = 'FORCED'}\n", ":3", "did you mean 'FORCE'?"),
    ("[[routing.routes]]\nname = 'a'\nmatch = {countries = ['Iran']}\n", ":3", "three letters"),
    ("[[routing.routes]]\nname = 'a'\nmatch = {pairs = ['IRNPAK']}\n", ":3", "IRN-PAK"),
    ("[[routing.routes]]\nname = 'a'\nsinks = 'console'\n", ":3", "say a list"),
    ("[sinks.desk]\ntype = 'console'\n[sinks.desk]\ntype = 'stdout'\n", ":3", "twice"),
    ("[feeds]\nurls = ['https://one.example/rss]\n\n[log]\n", ":2", "this is not TOML"),
    ("[[sinks]]\ntype = 'console'\n", ":1", "write [sinks.NAME]"),
    ("poll = 5\n", ":1", "write [poll]"),
    ("[dashboard]\nlisten = '0.0.0.0:8600'\n", ":2", "token_file"),
    ("[sinks.desk]\ntype = 'webhook'\nurl = 'ftp://a.example'\n", ":3", "not http or https"),
    ("[sinks.desk]\ntype = 'webhook'\nurl = 'https://a.example:9000/'\n", ":3", "ports = [...]"),
    ("[sinks.Desk]\ntype = 'console'\n", ":1", "small letters"),
    ("[kafka]\nbootsrap = ['a:9092']\n", ":2", "did you mean 'bootstrap'?"),
    ("[kafka]\nbootstrap = 'a:9092'\n", ":2", "say a list"),
    ("[kafka]\nbootstrap = []\n", ":2", "at least 1"),
    ("[kafka]\nbootstrap = ['a:9092', 'b']\n", ":2", "HOST:PORT"),
    ("[kafka]\nbootstrap = ['a:99092']\n", ":2", "from 1 to 65535"),
    ("[kafka]\nprefix = 'Tocsin.'\n", ":2", "small letters"),
    ("[kafka]\nreplication = 100000\n", ":2", "less than or equal to 1000"),
    ("[kafka.partitions]\nnews = 3\n", ":2", "known here: alerts, stories"),
    ("[kafka.partitions]\nstories = 10000000000\n", ":2", "less than or equal to"),
    ("[kafka.retention_days]\nnews = inf\n", ":2", "less than or equal to"),
    ("[kafka.retention_days]\nnews = '7d'\n", ":2", "without a unit"),
    ("[kafka]\nstale_hours = inf\n", ":2", "less than or equal to"),
    ("[kafka]\nstuck_seconds = nan\n", ":2", "less than or equal to"),
    ("[kafka]\n\nstate = 'http://redis:6379'\n", ":3", "write redis://HOST:6379/0"),
    ("[kafka]\nstate = 'redis://redis:notaport'\n", ":2", "write redis://HOST:6379/0"),
    ("[kafka]\nmechanism = 'SCRAM-SHA512'\n", ":2", "did you mean 'SCRAM-SHA-512'?"),
    ("[kafka]\nprefix = 'a'\nusername = 'us'\n", ":3", "needs password or password_file"),
    ("[kafka]\npassword = 'p'\n", ":2", "needs a username"),
    ("[kafka]\nusername = 'us'\nmechanism = 'PLAIN'\npassword = 'p'\n", ":3", "set tls = true"),
    ("[kafka]\nca_file = 'ca.pem'\n", ":2", "of no use without tls = true"),
    ("[kafka]\ntls = true\nkey_file = 'key.pem'\n", ":3", "without cert_file"),
]


@pytest.mark.parametrize(("written", "place", "said"), MISTAKES, ids=[written for written, _, _ in MISTAKES])
def test_a_mistake_is_answered_with_its_line_and_the_remedy(tmp_path, written, place, said):
    file = tmp_path / "tocsin.toml"
    file.write_text(written)
    with pytest.raises(ConfigError) as caught:
        load_settings(file, {})
    assert f"{file}{place}:" in str(caught.value)
    assert said in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    file = tmp_path / "tocsin.toml"
    file.write_text("[deduplicate]\nwindow_hours = 'x'\n[poll]\nconcurrent = -1\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(file, {})
    assert len(caught.value.mistakes) == 2


def test_a_variable_overrides_the_file_and_is_named_when_it_is_wrong(tmp_path):
    file = tmp_path / "tocsin.toml"
    file.write_text("[poll]\nconcurrent = 3\n")
    assert load_settings(file, {"TOCSIN__POLL__CONCURRENT": "7"}).poll.concurrent == 7
    with pytest.raises(ConfigError, match=r"TOCSIN__POLL__CONCURENT: .*did you mean 'concurrent'"):
        load_settings(file, {"TOCSIN__POLL__CONCURENT": "7"})


def test_a_list_in_a_variable_is_json():
    told = load_settings(None, {"TOCSIN__FEEDS__URLS": '["https://one.example/rss"]'})
    assert told.feeds.listed() == ("https://one.example/rss",)


def test_a_missing_file_is_told_by_its_name(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path / "nowhere.toml", {})


def test_a_secret_that_is_wrong_is_not_repeated(tmp_path):
    file = tmp_path / "tocsin.toml"
    file.write_text(f"[sinks.desk]\ntype = 'webhook'\nurl = ['{SECRET}']\nsecrets = 'whsec_verysecret'\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(file, {})
    assert "verysecret" not in str(caught.value)


def test_a_secret_is_not_shown_with_the_settings(tmp_path):
    file = tmp_path / "tocsin.toml"
    file.write_text(f"[sinks.desk]\ntype = 'webhook'\nurl = '{SECRET}'\n")
    told = load_settings(file, {})
    assert "verysecret" not in f"{told!r} {told.model_dump_json()}"


def test_without_a_file_the_defaults_alert_on_the_console_from_public_feeds():
    told = Settings()
    assert list(told.sinks) == ["console"]
    assert len(told.feeds.listed()) > 20


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1),
        (("t", "b"), 3),
        (("t", "u", "c"), 5),
        (("t", "missing"), 2),
        (("q", "x y"), 7),
        (("nowhere",), None),
        (("r", "0", "n"), 9),
        (("r", "1", "n"), 11),
        (("r", "1", "r", "0", "n"), 13),
    ],
)
def test_the_line_of_a_key_is_found_under_its_table(path, line):
    text = 'a = 1\n[t]\nb = 2 # c = 3\n[t.u]\nc = 4\n[q]\n"x y" = 5\n[[r]]\nn = 1\n[[r]]\nn = 2\n[[r.r]]\nn = 3\n'
    assert line_of(text, path) == line
