"""Fetches a page or feed from the web, only when asked, and never from inside the own network.

A name is resolved once, every address it has is checked, and the connection is made to the checked
address itself, so that a second answer of the name server changes nothing. Redirects go the same
way. Time, size, kind and compression are bounded. Whether robots may read a page is the user's
matter, and proxies named in the environment are not used.
"""

from __future__ import annotations

import importlib.util
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, urljoin, urlsplit

from framing.errors import ArticleError, missing_extra

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection
    from urllib3.response import BaseHTTPResponse

__all__ = ["FEEDS", "PAGES", "Fetched", "Limits", "fetch", "is_public", "is_url"]

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]  # host and port -> addresses

PAGES = (
    "text/html",
    "application/xhtml+xml",
    "text/plain",
    "text/markdown",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)
FEEDS = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
)
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = {301, 302, 303, 307, 308}
_CHUNK = 1 << 16
_CONNECT_SECONDS = 10  # to one address, so that another can be tried
_URL = re.compile(r"https?://", re.I)
_NOT_IN_URL = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]")
# A provider's own services at an address that counts as public.
_METADATA = {ip_address("168.63.129.16")}
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one fetch may take, with all its redirects."""

    seconds: float = 30
    bytes: int = 20_000_000  # after decompression
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave: `url` is where it was found in the end, `kind` its content type."""

    url: str
    kind: str
    charset: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class _Target:
    url: str
    secure: bool
    host: str
    port: int
    path: str

    @property
    def header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def scheme(self) -> str:
        return "https" if self.secure else "http"


def is_url(text: str) -> bool:
    """Say whether an argument is a web address and not a path."""
    return _URL.match(text) is not None


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the public internet, also the one inside an IPv6 one.

    Private, loopback, link-local, shared, reserved and multicast addresses do not, nor do those at
    which cloud providers answer their own machines.
    """
    try:
        outer = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    found: list[IPv4Address | IPv6Address | None] = [outer]
    if isinstance(outer, IPv6Address):
        found += [outer.ipv4_mapped, outer.sixtofour, *(outer.teredo or ())]
        if outer in _NAT64:
            found[0] = IPv4Address(int(outer) & 0xFFFFFFFF)
    return all(
        one.is_global
        and not (one.is_multicast or one.is_reserved or one.is_unspecified)
        and one not in _METADATA
        for one in found
        if one is not None
    )


def fetch(
    url: str,
    *,
    kinds: Sequence[str] = PAGES,
    limits: Limits | None = None,
    resolve: Resolve | None = None,
    allowed: Callable[[str], bool] = is_public,
    context: ssl.SSLContext | None = None,
) -> Fetched:
    """Fetch one http or https address; needs the extra `web` (`MissingExtraError`).

    Raises `ArticleError` for an address that is not public, a content type not in `kinds`, an
    answer other than 200, and anything beyond the limits. `resolve`, `allowed` and `context` say
    how names are resolved, which addresses may be asked, and which certificates are trusted.
    """
    if importlib.util.find_spec("urllib3") is None:
        raise missing_extra("web", "fetching from the web")
    limits = limits or Limits()
    name = _shown(url)
    deadline = time.monotonic() + limits.seconds
    target = _target(url, name)
    for _ in range(limits.redirects + 1):
        addresses = _addresses(target, resolve or _resolve, allowed, deadline, name)
        with _connected(target, addresses, deadline, name, context) as connection:
            found = _ask(connection, target, kinds, limits, deadline, name)
        if isinstance(found, Fetched):
            return found
        secure, target = (
            target.secure,
            _target(urljoin(target.url, found.replace(" ", "%20")), name),
        )
        if secure and not target.secure:
            raise _refused(name, f"it redirects from https to {_shown(target.url)}")
    raise _refused(name, f"over {limits.redirects} redirects")


def _refused(name: str, why: str) -> ArticleError:
    return ArticleError(f"{name}: was not fetched: {why}")


def _shown(url: str) -> str:
    """Keep an error to one line, and a password in an address out of it."""
    clean = "".join(c if c.isprintable() else "?" for c in url[:300])
    return re.sub(r"(?<=//)[^/@]*@", "", clean)


def _target(url: str, name: str) -> _Target:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError as error:  # UnicodeError too
        raise _refused(name, f"it is no address ({error})") from error
    if parts.scheme not in _PORTS:
        raise _refused(name, f"'{_shown(parts.scheme)}' is neither http nor https")
    if not host or _NOT_IN_URL.search(url.strip()):
        raise _refused(name, "it is no address")
    if parts.username is not None or parts.password is not None:
        raise _refused(name, "it holds a user name or password; leave that out")
    port = port or _PORTS[parts.scheme]
    if port < 1024 and port not in _PORTS.values():
        raise _refused(name, f"port {port} is not one of the web")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        path += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return _Target(url.strip().partition("#")[0], parts.scheme == "https", host, port, path)


def _resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _addresses(
    target: _Target,
    resolve: Resolve,
    allowed: Callable[[str], bool],
    deadline: float,
    name: str,
) -> Sequence[str]:
    """Resolve the host; refuse it if only one of its addresses is not allowed."""
    found: list[Sequence[str] | Exception] = []

    def ask() -> None:
        try:
            found.append(resolve(target.host, target.port))
        except (OSError, UnicodeError) as error:
            found.append(error)

    # A resolver knows no time limit, so it is left behind where it takes too long.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    if not found:
        raise _refused(name, f"the name {target.host} was not resolved in time")
    addresses = found[0]
    if isinstance(addresses, Exception) or not addresses:
        raise _refused(name, f"there is no host {target.host}")
    for address in addresses:
        if not allowed(address):
            raise _refused(name, f"{target.host} is at {address}, which is not a public address")
    return addresses


@contextmanager
def _connected(
    target: _Target,
    addresses: Sequence[str],
    deadline: float,
    name: str,
    context: ssl.SSLContext | None,
) -> Iterator[HTTPConnection]:
    """Connect to the first address that answers; the connection is cut at the deadline."""
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.exceptions import HTTPError

    last: Exception | None = None
    for address in addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        if target.secure:
            # The certificate has to be the host's, though the address is asked for.
            connection: HTTPConnection = HTTPSConnection(
                address,
                target.port,
                timeout=min(left, _CONNECT_SECONDS),
                ssl_context=context or ssl.create_default_context(),
                server_hostname=target.host,
            )
        else:
            connection = HTTPConnection(address, target.port, timeout=min(left, _CONNECT_SECONDS))
        with closing(connection):
            try:
                connection.connect()
            except (HTTPError, OSError) as error:
                last = error
                continue
            left = max(0.001, deadline - time.monotonic())
            connection.sock.settimeout(left)
            # What is sent byte by byte keeps to every timeout but this one.
            timer = threading.Timer(left, _cut, (connection.sock,))
            timer.daemon = True
            timer.start()
            try:
                yield connection
            finally:
                timer.cancel()
            return
    raise _refused(name, _why(last, deadline))


def _cut(sock: Any) -> None:
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _ask(
    connection: HTTPConnection,
    target: _Target,
    kinds: Sequence[str],
    limits: Limits,
    deadline: float,
    name: str,
) -> Fetched | str:
    """Return what the host answers, or where it redirects to."""
    from urllib3.exceptions import HTTPError

    from framing import __version__

    headers = {
        "Host": target.header,
        "User-Agent": f"framing/{__version__}",
        "Accept": ", ".join(kinds),
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
    }
    try:
        connection.request("GET", target.path, headers=headers, preload_content=False)
        response = connection.getresponse()
        with closing(response):
            if response.status in _REDIRECTS and response.headers.get("Location"):
                return str(response.headers["Location"])
            kind, charset = _checked(response, kinds, limits, name)
            body = _body(response, limits, deadline, name)
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        if isinstance(error, ArticleError):
            raise
        raise _refused(name, _why(error, deadline)) from error
    return Fetched(target.url, kind, charset, body)


def _checked(
    response: BaseHTTPResponse, kinds: Sequence[str], limits: Limits, name: str
) -> tuple[str, str | None]:
    if response.status != 200:
        raise _refused(
            name, f"it answers {response.status} {_shown(response.reason or '')}".strip()
        )
    kind, _, rest = response.headers.get("Content-Type", "").partition(";")
    kind = kind.strip().lower()
    if kind in FEEDS and kind not in kinds and "xml" in kind.partition("+")[2]:
        raise _refused(name, "it is a feed of several articles; use framing.read_feed")
    if kind not in kinds:
        raise _refused(
            name, f"its type is '{_shown(kind)}', expected one of {', '.join(kinds[:3])}"
        )
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip", "deflate", ""}:
        raise _refused(name, f"it is encoded as '{_shown(encoding)}', which was not asked for")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length[:20]) > limits.bytes:
        raise _refused(name, f"it is over {limits.bytes:,} bytes")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", rest, re.I)
    return kind, charset[1] if charset else None


def _body(response: BaseHTTPResponse, limits: Limits, deadline: float, name: str) -> bytes:
    """Read to the end, unpacked piece by piece so that a small bomb stays small."""
    body = bytearray()
    while piece := response.read(_CHUNK, decode_content=True):
        body += piece
        if len(body) > limits.bytes:
            raise _refused(name, f"it is over {limits.bytes:,} bytes")
    if time.monotonic() >= deadline:  # cut off, which may look like a regular end
        raise _refused(name, _why(None, deadline))
    return bytes(body)


def _why(error: Exception | None, deadline: float) -> str:
    if error is None or time.monotonic() >= deadline:
        return "it took too long"
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return f"its certificate or encryption is not accepted ({_line(error)})"
    return f"the connection failed ({_line(error)})"


def _line(error: Exception) -> str:
    told = re.sub(r"<[^>]*>|HTTPS?Connection\([^)]*\):?", "", str(error))
    return _shown(" ".join(told.split())[:160]).strip(" ,:") or type(error).__name__
