"""What docs/alerts.md shows works as it stands there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import TypeAdapter

from sinks.match import Match
from sinks.redis import CLUSTER_RIGHTS, LEAST_RIGHTS, RedisSettings
from sinks.registry import SinkSettings
from sinks.route import Route, RoutingSettings
from sinks.webhook import EVENT_TYPE, event, signature_headers, signing_key
from tests.values import NOON, alert

DOCS = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUJD" * 10
NOW = int(NOON.timestamp())


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCS, re.DOTALL | re.MULTILINE)


NAMES = [name for text in blocks("toml") for name in tomllib.loads(text).get("sinks", {})]


def signed(*secrets):
    body = event(alert())
    return signature_headers("a", NOON, body, [signing_key(secret) for secret in secrets]), body


@pytest.mark.parametrize("text", blocks("toml"))
def test_every_example_of_settings_is_valid(text):
    told = tomllib.loads(text)
    for one in told.get("sinks", {}).values():
        TypeAdapter(SinkSettings).validate_python(one)
    RoutingSettings.model_validate(told.get("routing", {})).check(NAMES)


def test_every_key_of_a_route_and_of_a_match_is_explained():
    for name, field in (Route.model_fields | Match.model_fields).items():
        assert f"`{field.alias or name}`" in DOCS, name


def test_every_sink_has_its_example():
    shown = {told["type"] for text in blocks("toml") for told in tomllib.loads(text).get("sinks", {}).values()}
    assert shown == {member.model_fields["type"].default for member in get_args(get_args(SinkSettings)[0])}


def test_every_setting_is_explained():
    for member in get_args(get_args(SinkSettings)[0]):
        for name, field in member.model_fields.items():
            parts = field.annotation.model_fields if hasattr(field.annotation, "model_fields") else {}
            for key in [f"{name}.{part}" for part in parts] or [name]:
                assert f"`{key}`" in DOCS or key == "type", key


def test_the_envelope_has_the_fields_that_are_shown():
    (shown,) = (json.loads(text) for text in blocks("json"))
    sent = json.loads(event(alert()))
    assert set(shown) == set(sent)
    assert set(shown["data"]) <= set(sent["data"])
    assert shown["type"] == EVENT_TYPE


def test_the_rights_are_those_that_are_tested():
    assert LEAST_RIGHTS in DOCS
    assert CLUSTER_RIGHTS in DOCS


@pytest.fixture(params=["python", "javascript", pytest.param("go", marks=pytest.mark.slow)])
def is_genuine(request, tmp_path):
    """The recipe in one language, as a function of secret, headers and body."""
    if request.param == "python":
        recipe = {}
        exec(next(text for text in blocks("python") if "is_genuine" in text), recipe)
        return lambda secret, headers, body: recipe["is_genuine"](secret, headers, body, NOW + 60)
    binary = shutil.which({"javascript": "node", "go": "go"}[request.param])
    if not binary:
        pytest.skip(f"{request.param} is not installed")
    return _node(binary, tmp_path) if request.param == "javascript" else _go(binary, tmp_path)


def _node(binary, home):
    (recipe,) = blocks("javascript")
    told = "const [secret, headers, body] = JSON.parse(require('fs').readFileSync(0));"
    script = home / "recipe.cjs"
    script.write_text(f"{recipe}\n{told}\nconsole.log(isGenuine(secret, headers, Buffer.from(body), {NOW + 60}));")

    def run(secret, headers, body):
        put_in = json.dumps([secret, headers, body.decode()])
        return subprocess.run([binary, script], input=put_in, text=True, check=True, capture_output=True).stdout.strip() == "true"

    return run


def _go(binary, home):
    (recipe,) = blocks("go")
    imports = (
        'import ("crypto/hmac"; "crypto/sha256"; "encoding/base64"; "encoding/json"; "fmt"; "net/http"; "os"; "strconv"; "strings"; "time")'
    )
    main = """
func main() {
	var told struct { Secret, Body string; Headers map[string]string }
	json.NewDecoder(os.Stdin).Decode(&told)
	headers := http.Header{}
	for name, value := range told.Headers { headers.Set(name, value) }
	fmt.Println(isGenuine(told.Secret, headers, []byte(told.Body), time.Unix(%d, 0)))
}
"""
    (home / "main.go").write_text(f"package main\n{imports}\n{recipe}\n{main % (NOW + 60)}")
    subprocess.run([binary, "build", "-o", home / "recipe", home / "main.go"], check=True, cwd=home, capture_output=True)

    def run(secret, headers, body):
        put_in = json.dumps({"Secret": secret, "Headers": headers, "Body": body.decode()})
        return subprocess.run([home / "recipe"], input=put_in, text=True, check=True, capture_output=True).stdout.strip() == "true"

    return run


def test_the_recipe_accepts_what_is_ours_and_nothing_else(is_genuine):
    headers, body = signed(SECRET)
    assert is_genuine(SECRET, headers, body)
    assert is_genuine(SECRET, *signed(OTHER, SECRET))
    assert not is_genuine(OTHER, headers, body)
    assert not is_genuine(SECRET, headers, body + b" ")
    assert not is_genuine(SECRET, headers | {"webhook-id": "b"}, body)
    assert not is_genuine(SECRET, headers | {"webhook-timestamp": str(NOW - 3600)}, body)
    assert not is_genuine(SECRET, headers | {"webhook-signature": "v1,"}, body)


@pytest.mark.service
def test_the_consumer_gets_each_alert_and_what_another_left_undone(redis_server):
    recipe = {}
    exec(next(text for text in blocks("python") if "consume" in text).replace("60_000", "0"), recipe)
    sink = RedisSettings(url=redis_server.url).build("desk")
    for n in range(3):
        sink.send(alert(f"a{n}", incident=f"i{n}"))
    sink.close()
    handled = []

    def stumble(fields):
        handled.append(fields["id"])
        if fields["id"] == "a1":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        recipe["consume"](redis_server.admin, "one", stumble, block_ms=10)
    assert recipe["consume"](redis_server.admin, "two", lambda fields: handled.append(fields["id"]), block_ms=10) == 2
    assert handled == ["a0", "a1", "a1", "a2"]
