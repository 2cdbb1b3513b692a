"""A broker that speaks TLS only and asks who one is: all three clients reach it by the one block of settings, and none without."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime

import pytest

from tests.servers import KafkaServer, needs
from tests.service.conftest import Cluster, until
from tests.test_service import WAR, configure, port
from tests.world import FeedServer, Receiver

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("kafka")]

JAAS = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="b" password="b" user_tocsin="plain-secret";'


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A CA, and a key and certificate it signed for 127.0.0.1: (CA's file, private key, certificate)."""
    openssl, home = needs("openssl", "Debian: apt-get install openssl"), tmp_path_factory.mktemp("ca")

    def run(*words):
        subprocess.run([openssl, *words], cwd=home, check=True, capture_output=True)

    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    run(*new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test ca")
    signed = (
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    )
    run(*new, *signed, "-keyout", "broker.key", "-out", "broker.pem", "-subj", "/CN=broker")
    return home / "ca.pem", (home / "broker.key").read_text(), (home / "broker.pem").read_text()


@pytest.fixture(scope="module")
def broker(certificates):
    _, key, certificate = certificates
    server = KafkaServer(
        scram=["SCRAM-SHA-512=[name=tocsin,password=scram-secret]"],
        **{
            "advertised.listeners": "SASL_SSL://127.0.0.1:{port},PLAINTEXT://127.0.0.1:1",
            "inter.broker.listener.name": "SASL_SSL",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": JAAS.replace("user_tocsin", 'user_b="b" user_tocsin'),
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.key": key.replace("\n", "\\n"),
            "ssl.keystore.certificate.chain": certificate.replace("\n", "\\n"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.certificates": certificates[0].read_text().replace("\n", "\\n"),
        },
    )
    server.start()
    yield server
    server.remove()


@pytest.fixture
def secure(tmp_path, broker, certificates, redis_url):
    (tmp_path / "password").write_text("scram-secret\n")
    one = Cluster(tmp_path, f"127.0.0.1:{broker.second}", redis_url)
    one.environ |= {
        "TOCSIN__KAFKA__TLS": "true",
        "TOCSIN__KAFKA__CA_FILE": str(certificates[0]),
        "TOCSIN__KAFKA__USERNAME": "tocsin",
        "TOCSIN__KAFKA__PASSWORD_FILE": str(tmp_path / "password"),
    }
    yield one
    one.stop()


@pytest.mark.parametrize(("mechanism", "password"), [("SCRAM-SHA-512", "scram-secret"), ("PLAIN", "plain-secret")])
def test_every_role_reaches_a_broker_that_asks_for_a_password_over_tls(secure, mechanism, password):
    secure.environ["TOCSIN__KAFKA__MECHANISM"] = mechanism
    (secure.folder / "password").write_text(password)
    told = secure.run("topics", "ensure", "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["wrong"] == []
    with FeedServer() as feeds, Receiver() as receiver:
        feeds.entries = {"good": [("g", *WAR, datetime.now(UTC))]}
        configure(secure.folder, [f"{feeds.url}/good"], receiver.url, [port(feeds), port(receiver)])
        for role in (("produce",), ("process",), ("deliver", "--sink", "hook")):
            secure.start(*role)
        assert until(receiver.ids), secure.logs()


@pytest.mark.parametrize("missing", ["TOCSIN__KAFKA__CA_FILE", "TOCSIN__KAFKA__PASSWORD_FILE"])
def test_a_broker_nobody_vouches_for_is_not_spoken_to_and_a_wrong_password_is_told(secure, missing):
    if missing.endswith("CA_FILE"):
        del secure.environ[missing]
    else:
        (secure.folder / "password").write_text("wrong")
    told = secure.run("topics", "show")
    assert (told.returncode, "Traceback" in told.stderr) == (69, False)
    assert "secret" not in told.stderr


def test_a_role_with_a_wrong_password_says_so_and_ends(secure):
    (secure.folder / "password").write_text("wrong-secret")
    configure(secure.folder, [], "http://127.0.0.1:1/", [1])
    started = [secure.start(*role) for role in (("produce",), ("process",), ("deliver", "--sink", "hook"))]
    assert [process.wait(300) for process in started] == [69, 69, 69], secure.logs()
    assert secure.logs().count("does not let us in") == len(started)
    assert "Traceback" not in secure.logs()
    assert "wrong-secret" not in secure.logs()


def test_a_role_that_does_not_know_who_signed_the_broker_says_so_and_ends(secure):
    del secure.environ["TOCSIN__KAFKA__CA_FILE"]
    assert secure.start("process", "--segment", "tag").wait(100) == 69, secure.logs()
    assert "cannot be believed (CERTIFICATE_VERIFY_FAILED); see [kafka] tls and ca_file" in secure.logs()
    assert "Traceback" not in secure.logs()
