"""Which addresses are refused, however they are written, and that the refusal happens before a packet leaves."""

import asyncio
import socket
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver
from hypothesis import given
from hypothesis import strategies as st

from tocsin.network import NetworkPolicy, Refused, check_url, connector, guarded_socket, refusal

FORBIDDEN = {
    "a loopback address": ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"],
    "the unspecified address": ["0.0.0.0", "::", "::ffff:0.0.0.0"],
    "a private address": [
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "::ffff:10.0.0.1",
        "fc00::1",
        "fd12:3456::1",
        "0.1.2.3",
        "192.0.2.1",
        "198.51.100.7",
        "203.0.113.9",
        "198.18.0.1",
        "2001:db8::1",
        "240.0.0.1",
        "255.255.255.255",
        "100::1",
    ],
    "a link-local address": ["169.254.0.1", "fe80::1", "fe80::1%eth0", "::ffff:169.254.1.1"],
    "a cloud's metadata service": ["169.254.169.254", "::ffff:169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254"],
    "a carrier's shared address": ["100.64.0.1", "100.127.255.254"],
    "a protocol assignment": ["192.0.0.8", "192.0.0.170", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1"],
    "a 6to4 relay": ["192.88.99.1"],
    "an IPv4 address inside an IPv6 address": [
        "::127.0.0.1",
        "::169.254.169.254",
        "::10.0.0.1",
        "::8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
    ],
    "a site-local address": ["fec0::1", "feff::1"],
    "a segment routing address": ["5f00::1"],
    "a multicast address": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "not an IP address": [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        " 127.0.0.1",
        "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
        "[::1]",
        "::1]",
        "localhost",
        "",
        "1.2.3",
        "256.1.1.1",
        "127.0.0.01",
    ],
}
FORMS = [(address, reason) for reason, addresses in FORBIDDEN.items() for address in addresses]


def test_the_table_holds_at_least_sixty_forms():
    assert len(FORMS) == len(set(FORMS)) >= 60


@pytest.mark.parametrize(("address", "reason"), FORMS)
def test_a_forbidden_address_is_refused_with_its_reason(address, reason):
    assert refusal(address) == reason


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "151.101.0.81", "2a00:1450:4001:80b::200e", "2620:fe::fe", "::ffff:9.9.9.9", "172.32.0.1", "100.128.0.1"]
)
def test_a_public_address_is_let_through(address):
    assert refusal(address) is None


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_is_let_through_is_global_by_the_registry(ip):
    if refusal(ip) is None:
        effective = getattr(ip, "ipv4_mapped", None) or ip
        assert effective.is_global
        assert not effective.is_multicast


def test_a_network_that_is_allowed_is_reached_and_no_other():
    policy = NetworkPolicy(allow_networks=(ip_network("10.1.0.0/16"),))
    assert refusal("10.1.2.3", policy) is None
    assert refusal("::ffff:10.1.2.3", policy) is None
    assert refusal("10.2.0.1", policy) == "a private address"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/", "not http or https but 'ftp'"),
        ("file:///etc/passwd", "not http or https but 'file'"),
        ("gopher://example.org/", "not http or https but 'gopher'"),
        ("example.org/rss", "not http or https but ''"),
        ("http://bbc.co.uk@evil.example/", "a user name before the host"),
        ("http://user:secret@example.org/", "a user name before the host"),
        ("http:///path", "no host"),
        ("http://exa mple.org/", "no host"),
        ("http://example.org\\@127.0.0.1/", "a user name before the host"),
        ("http://[::1/", "not a URL"),
        ("http://example.org:x/", "not a URL"),
        ("http://example.org:22/", "port 22 is not allowed"),
        ("http://example.org:6379/", "port 6379 is not allowed"),
        ("https://example.org:0/", "port 0 is not allowed"),
        ("http://127.0.0.1/", "the address may not be reached: a loopback address"),
        ("http://[::ffff:127.0.0.1]/", "the address may not be reached: a loopback address"),
        ("http://[fe80::1%25eth0]/", "the address may not be reached: a link-local address"),
        ("http://169.254.169.254/latest/meta-data/", "the address may not be reached: a cloud's metadata service"),
        ("http://2130706433/", "the address may not be reached: not an IP address"),
        ("http://0x7f000001/", "the address may not be reached: not an IP address"),
        ("http://127.1/", "the address may not be reached: not an IP address"),
        ("http://0177.0.0.1/", "the address may not be reached: not an IP address"),
        ("http://127.0.0.1./", "the address may not be reached: not an IP address"),
    ],
)
def test_a_url_is_refused_by_its_form(url, reason):
    with pytest.raises(Refused) as refused:
        check_url(url, NetworkPolicy())
    assert refused.value.reason == reason


@pytest.mark.parametrize("url", ["https://example.org/rss", "http://example.org:8080/", "http://9.9.9.9/", "https://news.example:443/?a=b"])
def test_a_url_of_good_form_passes(url):
    check_url(url, NetworkPolicy())


def test_the_reason_never_repeats_the_secret():
    with pytest.raises(Refused) as refused:
        check_url("http://user:secret@example.org/", NetworkPolicy())
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("address", [("127.0.0.1", 80), ("169.254.169.254", 80)])
def test_no_socket_is_made_for_a_forbidden_address(address):
    with pytest.raises(Refused):
        guarded_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", address), NetworkPolicy())


class Rebinding(AbstractResolver):
    """A resolver that answers what it is told, as a hostile name server does after the check."""

    def __init__(self, *addresses):
        self.addresses = addresses

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in self.addresses
        ]

    async def close(self):
        pass


async def ask(url, policy, *addresses):
    through = connector(policy)
    if addresses:
        through._resolver = Rebinding(*addresses)
    async with aiohttp.ClientSession(connector=through) as session, session.get(url) as response:
        return response.status


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("127.0.0.1", "10.0.0.1"), ("::1", "127.0.0.1"), ("64:ff9b::7f00:1",)])
def test_a_name_that_leads_inside_is_refused_when_it_is_connected_to(addresses):
    with pytest.raises(aiohttp.ClientConnectorError) as wrong:
        asyncio.run(ask("http://public.example/", NetworkPolicy(), *addresses))
    assert isinstance(wrong.value.os_error, PermissionError)


def test_an_address_in_the_url_is_refused_too():
    with pytest.raises(aiohttp.ClientConnectorError) as wrong:
        asyncio.run(ask("http://127.0.0.1/", NetworkPolicy()))
    assert isinstance(wrong.value.os_error, PermissionError)


def test_an_allowed_network_is_reached():
    async def serve_and_ask():
        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1") as server:
            port = server.sockets[0].getsockname()[1]
            return await ask(f"http://feed.example:{port}/", NetworkPolicy(allow_networks=(ip_network("127.0.0.0/8"),)), "127.0.0.1")

    assert asyncio.run(serve_and_ask()) == 204
