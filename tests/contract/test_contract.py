"""What was promised of version 1 holds: the published schemas are today's, and today's code reads what version 1 wrote.

The messages in `v1/` were written once and are never changed: each has every field that version 1 knew when it was written.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import Path

import jsonschema
import pytest

from sinks.webhook import event
from tests.sample.golden import replay
from tests.values import NOON, alert
from tocsin import contract
from tocsin.cli.main import main
from tocsin.envelope import message
from tocsin.model import Alert
from tocsin.topics import Entity, name_of
from tocsin.wire import dump, load

GOLDEN = Path(__file__).parent / "v1"
PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas"
FROZEN = {
    "item": {"id", "feed", "fetched"},
    "story": {"id", "relation", "item"},
    "event": set("id type sign status intensity confidence evidence item story relation feed outlet url headline at fetched".split()),
    "alert": set("id incident revision kind level at dyad type sign status intensity headline reason".split()),
}
"""The fields that version 1 requires. A reader may be older or newer than a writer, so neither may ever require another."""


def golden(name):
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def judge(name):
    return jsonschema.Draft202012Validator(contract.json_schema(name), format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("name", [*contract.NAMES, "asyncapi"])
def test_the_published_schema_is_that_of_the_model(name, capsys):
    """Where this fails after a change of the model: `make schemas`, and read the diff as an older reader would."""
    assert main(["schema", name]) == 0
    assert capsys.readouterr().out == (PUBLISHED / contract.file_name(name)).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", contract.NAMES)
def test_each_schema_is_one_and_takes_what_version_1_wrote(name):
    jsonschema.Draft202012Validator.check_schema(contract.json_schema(name))
    judge(name).validate(golden(name))


@pytest.mark.parametrize(("name", "kind"), contract.VALUES.items())
def test_today_reads_what_version_1_wrote_and_keeps_every_word_of_it(name, kind):
    told = golden(name)
    again = json.loads(dump(load(json.dumps(told), kind)))
    assert _within(told, again)
    assert load(json.dumps(told | {"added_later": {"x": 1}}), kind) == load(json.dumps(told), kind)


@pytest.mark.parametrize(("name", "kind"), contract.VALUES.items())
def test_today_requires_no_field_that_version_1_did_not(name, kind):
    told = golden(name)
    load(json.dumps({key: told[key] for key in FROZEN[name]}), kind)
    required = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}
    assert required == FROZEN[name]  # nor less: an older reader still requires them


def _within(old, new):
    """Whether all that the old says, the new says too."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(key in new and _within(value, new[key]) for key, value in old.items())
    if isinstance(old, list):
        return len(old) == len(new) and all(map(_within, old, new))
    return old == new


def test_what_a_webhook_sends_is_what_its_schema_says():
    for one in [alert(), load(json.dumps(golden("alert")), Alert), *replay()]:
        judge("webhook").validate(json.loads(event(one)))


@pytest.mark.parametrize(
    ("path", "wrong"),
    [(("level",), 9), (("at",), 5), (("dyad", "a"), None), (("kind",), "exploded"), (("quotes", 0, "url"), 1), (("place",), "Saravan")],
)
def test_what_is_no_alert_is_refused_by_the_schema(path, wrong):
    told = inner = golden("alert")
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = wrong
    assert not judge("alert").is_valid(told)


def _references(told):
    if isinstance(told, dict):
        yield from [told["$ref"]] if "$ref" in told else []
        told = list(told.values())
    for one in told if isinstance(told, list) else []:
        yield from _references(one)


def test_every_reference_of_the_asyncapi_document_leads_somewhere():
    document = contract.asyncapi()
    found = set(_references(document))
    assert {"#/components/schemas/Alert", "#/channels/alerts", "#/components/messages/webhook"} <= found
    for one in found:
        here = document
        for step in one.removeprefix("#/").split("/"):
            here = here[step]


def test_every_message_of_the_asyncapi_document_takes_what_version_1_wrote():
    document = contract.asyncapi()
    for name, told in document["components"]["messages"].items():
        jsonschema.Draft202012Validator({**document, **told["payload"]}).validate(golden(name))


def test_every_value_travels_on_one_channel_named_after_its_topic():
    document = contract.asyncapi()
    addresses = {name: told["address"] for name, told in document["channels"].items()}
    assert addresses == {
        "news": "{prefix}.news.v1",
        "stories": "{prefix}.stories.v1",
        "events": "{prefix}.events.v1",
        "alerts": "{prefix}.alerts.v1",
        "webhook": None,
    }
    assert addresses == {entity: name_of("{prefix}", entity) for entity in Entity if entity is not Entity.DEAD} | {"webhook": None}
    assert {channel.value for channel in contract.CHANNELS.values()} == set(contract.VALUES)


@pytest.mark.parametrize(("entity", "channel"), contract.CHANNELS.items())
def test_what_is_put_on_a_topic_has_the_headers_and_the_key_that_are_promised(entity, channel):
    value = load(json.dumps(golden(channel.value)), contract.VALUES[channel.value])
    sent = message(Entity(entity), value, "a1", NOON, None)
    document = contract.asyncapi()
    told = document["components"]["messages"][channel.value]
    jsonschema.Draft202012Validator(told["headers"]).validate({name: raw.decode() for name, raw in sent.headers})
    jsonschema.Draft202012Validator({**document, **told["payload"]}).validate(json.loads(sent.value))
    keys = {"the feed": "feed", "the story": "id", "the dyad": "dyad", "the incident": "incident"}
    assert sent.key.decode() == str(getattr(value, keys[channel.key]))
