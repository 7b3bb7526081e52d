"""What is fetched from the web comes from public addresses, in bounded time and size."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

pytest.importorskip("urllib3", reason="the extra 'web' is not installed")

from framing.errors import ArticleError, MissingExtraError
from framing.fetch import Fetched, Limits, fetch, is_public, is_url
from tests.web import Answer, Server, answer, bomb, drip, redirect

PAGE = b"<html><body><p>The bridge stays closed until spring.</p></body></html>"
SHORT = Limits(seconds=1, bytes=1_000_000)


def loopback(host: str, port: int) -> Sequence[str]:
    """Resolve every name to this machine, and addresses to themselves."""
    return [host] if host.strip("[]").replace(".", "").replace(":", "").isdigit() else ["127.0.0.1"]


def is_loopback(address: str) -> bool:
    return address == "127.0.0.1"


def get(url: str, *, limits: Limits = SHORT, context: ssl.SSLContext | None = None) -> Fetched:
    return fetch(url, limits=limits, resolve=loopback, allowed=is_loopback, context=context)


def refusal(url: str, *, limits: Limits = SHORT) -> str:
    with pytest.raises(ArticleError) as error:
        get(url, limits=limits)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.fixture
def server() -> Iterator[Server]:
    answers: dict[str, Answer] = {"/": answer(PAGE, "text/html; charset=UTF-8")}
    with Server(answers) as running:
        yield running


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.2.1", "198.18.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe", "2001:db8::1", "no address",
    ],
)  # fmt: skip
def test_addresses_of_the_own_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


def test_an_address_is_told_from_a_path() -> None:
    assert is_url("HTTPS://news.example/a")
    assert not any(map(is_url, ("http.txt", "./http:/a", "ftp://a", "file:///etc/passwd")))


def test_a_page_is_fetched_with_its_type_and_charset(server: Server) -> None:
    found = get(server.url("/"))
    assert (found.kind, found.charset, found.body) == ("text/html", "UTF-8", PAGE)
    assert f"Host: news.example:{server.port}" in server.requests[0]


def test_a_gzipped_page_is_unpacked(server: Server) -> None:
    import gzip

    server.answers["/z"] = answer(gzip.compress(PAGE), Content_Encoding="gzip")
    assert get(server.url("/z")).body == PAGE


def test_a_chunked_page_is_joined(server: Server) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.answers["/c"] = head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert get(server.url("/c")).body == b"abcde"


def test_a_redirect_is_followed_and_the_last_address_told(server: Server) -> None:
    server.answers["/old"] = redirect("/")
    assert get(server.url("/old")).url == server.url("/")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://news.example/a", "neither http nor https"),
        ("file:///etc/passwd", "neither http nor https"),
        ("http://", "no address"),
        ("http://user:secret@news.example/", "leave that out"),
        ("http://news.example:22/", "port 22"),
        ("http://news.example:99999/", "no address"),
        ("http://news.example/\r\nX: y", "no address"),
        ("http://[::1/", "no address"),
        ("http://" + "a" * 70 + ".exämple/", "no address"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str, why: str) -> None:
    message = refusal(url)
    assert why in message
    assert "secret" not in message


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::1]", "[::ffff:7f00:1]",
     "127.1", "0", "169.254.169.254"],
)  # fmt: skip
def test_every_spelling_of_an_own_address_is_refused(host: str, server: Server) -> None:
    with pytest.raises(ArticleError, match=r"not a public address|no host"):
        fetch(server.url("/", host), limits=SHORT)
    assert server.asked == []


@pytest.mark.parametrize(
    "where",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "//192.168.0.1/",
        "http://[::1]/",
    ],
)
def test_a_redirect_into_the_own_network_is_refused(where: str, server: Server) -> None:
    server.answers["/out"] = redirect(where)
    assert "not a public address" in refusal(server.url("/out"))
    assert server.asked == ["/out"]


@pytest.mark.parametrize("where", ["file:///etc/passwd", "gopher://news.example/", "javascript:1"])
def test_a_redirect_to_another_scheme_is_refused(where: str, server: Server) -> None:
    server.answers["/out"] = redirect(where)
    assert "neither http nor https" in refusal(server.url("/out"))


def test_redirects_in_a_circle_end(server: Server) -> None:
    server.answers["/round"] = redirect("/round")
    assert "over 5 redirects" in refusal(server.url("/round"))
    assert len(server.asked) == 6


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(ArticleError, match=r"10\.0\.0\.1, which is not a public address"):
        fetch("http://news.example/", resolve=lambda *_: ["1.1.1.1", "10.0.0.1"], limits=SHORT)


def test_a_name_is_resolved_once_and_the_checked_address_is_asked(server: Server) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    asked = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    found = fetch(server.url("/"), resolve=rebinding, allowed=is_loopback, limits=SHORT)
    assert found.body == PAGE
    assert asked == ["news.example"]


def test_where_one_address_does_not_answer_the_next_is_asked(server: Server) -> None:
    found = fetch(
        server.url("/"),
        resolve=lambda *_: ["127.0.0.2", "127.0.0.1"],
        allowed=lambda address: address.startswith("127.0.0."),
        limits=SHORT,
    )
    assert found.body == PAGE


def test_a_name_that_is_not_resolved_in_time_is_left_behind() -> None:
    def slow(host: str, port: int) -> Sequence[str]:
        time.sleep(5)
        return ["127.0.0.1"]

    started = time.monotonic()
    with pytest.raises(ArticleError, match="not resolved in time"):
        fetch("http://news.example/", resolve=slow, limits=Limits(seconds=0.3))
    assert time.monotonic() - started < 2


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.parametrize(
    "send",
    [
        drip(b"", 0.05),
        drip(b"X", 0.05),
        drip(b"X-A: b\r\n", 0.05, HEAD),
        drip(b"a", 0.05, HEAD + b"\r\n"),
        drip(b"a", 0.05, HEAD + b"Content-Length: 100000\r\n\r\n"),
        drip(b"1\r\na\r\n", 0.05, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    ],
    ids=["silence", "status", "headers", "body", "body of known length", "chunks"],
)
def test_a_slow_drip_is_cut_at_the_deadline(send: Answer, server: Server) -> None:
    server.answers["/slow"] = send
    started = time.monotonic()
    message = refusal(server.url("/slow"), limits=Limits(seconds=0.6))
    assert time.monotonic() - started < 2
    assert "took too long" in message or "connection failed" in message


def test_a_gzip_bomb_stays_small(server: Server) -> None:
    server.answers["/bomb"] = bomb(60)
    tracemalloc.start()
    try:
        message = refusal(server.url("/bomb"), limits=Limits(seconds=20, bytes=1_000_000))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert "over 1,000,000 bytes" in message


def test_an_endless_body_ends_at_the_limit(server: Server) -> None:
    server.answers["/endless"] = drip(b"a" * 65536, 0, HEAD + b"\r\n")
    message = refusal(server.url("/endless"), limits=Limits(seconds=20, bytes=1_000_000))
    assert "over 1,000,000 bytes" in message


def test_a_body_announced_as_too_large_is_not_read(server: Server) -> None:
    server.answers["/large"] = HEAD + b"Content-Length: 99999999999\r\n\r\n"
    assert "over 1,000,000 bytes" in refusal(server.url("/large"))


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (answer(PAGE, "image/png"), "its type is 'image/png'"),
        (answer(PAGE, "application/octet-stream"), "its type is"),
        (answer(PAGE, ""), "its type is ''"),
        (answer(PAGE, status="404 Not Found"), "answers 404 Not Found"),
        (answer(PAGE, status="500 Oh\tno"), "answers 500"),
        (answer(PAGE, Content_Encoding="br"), "encoded as 'br'"),
        (answer(PAGE, Content_Encoding="gzip, gzip"), "encoded as 'gzip, gzip'"),
        (answer(PAGE, Content_Encoding="gzip"), "connection failed"),
        (b"SSH-2.0-OpenSSH_9.0\r\n", "connection failed"),
        (b"", "connection failed"),
        (HEAD + b"Content-Length: 100\r\n\r\nshort", "connection failed"),
        (HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n", "connection failed"),
        (HEAD + b"A: b\r\n" * 200 + b"\r\n", "connection failed"),
    ],
)
def test_an_answer_that_is_no_article_is_refused(sent: bytes, why: str, server: Server) -> None:
    server.answers["/odd"] = sent
    assert why in refusal(server.url("/odd"))


def test_a_host_that_does_not_answer_is_one_clear_line() -> None:
    with Server({}) as gone:
        url = gone.url("/")
    assert "connection failed" in refusal(url)


def test_a_host_without_an_address_is_one_clear_line() -> None:
    with pytest.raises(ArticleError, match=r"no host nowhere\.invalid"):
        fetch("http://nowhere.invalid/", resolve=lambda *_: [], limits=SHORT)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate of news.example that it has signed itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes a certificate for this test, is not installed")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    name = ["-subj", "/CN=news.example", "-addext", "subjectAltName=DNS:news.example"]
    command = ["openssl", *make.split(), *name, "-keyout", str(path), "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Server({"/": answer(PAGE), "/down": redirect("http://news.example/")}, context) as running:
        yield running


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def test_a_certificate_of_the_host_is_accepted(secure: Server, trusting: ssl.SSLContext) -> None:
    assert get(secure.url("/", scheme="https"), context=trusting).body == PAGE


def test_a_certificate_of_another_host_is_refused(secure: Server, trusting: ssl.SSLContext) -> None:
    with pytest.raises(ArticleError, match="certificate"):
        get(secure.url("/", "other.example", "https"), context=trusting)


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Server) -> None:
    assert "certificate" in refusal(secure.url("/", scheme="https"))
    assert secure.asked == []


def test_a_redirect_from_https_to_http_is_refused(secure: Server, trusting: ssl.SSLContext) -> None:
    with pytest.raises(ArticleError, match="redirects from https"):
        get(secure.url("/down", scheme="https"), context=trusting)


def test_without_the_extra_the_line_to_type_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'framing\[web\]'"):
        fetch("https://news.example/")
