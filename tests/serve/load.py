"""Load for a service of its own: what batching is worth, a steady rate, a soak.

    python -m tests.serve.load batching --clients 32 --seconds 10 --rounds 3
    python -m tests.serve.load rate --rate 50 --seconds 60
    python -m tests.serve.load soak --minutes 10

Each starts `framing serve` with the default model, asks for short articles (three to five
sentences, no two alike) over kept connections, and prints one line of JSON a finding. Figures are
of both processes on the same cores: say how many there are, and what else runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from tests.serve.test_process import _served

PLACES = ("Lakeside", "Old Harbour", "the northern district", "Vellmar", "Brandt's Mill", "Oster")
SENTENCES = (
    "The bridge to {place} opened on Monday after {n} months of dispute between the two towns.",
    "“They want to choke {place} with tolls and call it partnership,” Ilka Brandt told {n} guests.",
    "A spokesman for {place} denied that any of the {n} drivers had been threatened.",
    "Engineers expect {n} vehicles a day on the road to {place}.",
    "We will not trade our independence for {n} million, the council of {place} said.",
    "The ferry to {place} stops running in spring, and {n} families will lose their work.",
    "Tomas Rehn, who audits {place}, said that {n} repairs had been paid for twice.",
    "Nobody asked the {n} fishermen of {place}, according to their union.",
)


def article(rng: random.Random, *, sentences: int = 0) -> str:
    """Return an article that was not sent before, of three to five sentences or of so many."""
    chosen = rng.choices(SENTENCES, k=sentences or rng.choice((3, 4, 5)))
    return " ".join(s.format(place=rng.choice(PLACES), n=rng.randint(2, 10**6)) for s in chosen)


def mixed(rng: random.Random) -> str:
    """Return an article as they come: most are short, some long, a few very long."""
    return article(rng, sentences=rng.choices((0, 30, 300), weights=(90, 9, 1))[0])


@dataclass
class Found:
    """What a run of load met; times are in milliseconds."""

    seconds: float
    statuses: dict[str, int] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)

    def note(self, status: str, seconds: float) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.times.append(seconds * 1000)

    @property
    def rate(self) -> float:
        return self.statuses.get("200", 0) / self.seconds

    def percentile(self, share: float) -> float:
        return sorted(self.times)[min(int(len(self.times) * share), len(self.times) - 1)]


class Connection:
    """One kept connection; opened anew when the other side has closed it."""

    def __init__(self, url: str) -> None:
        self.host, _, self.port = url.removeprefix("http://").partition(":")
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, text: str) -> str:
        """Return the status of an answer to a text, or the name of what went wrong."""
        body = json.dumps({"text": text}).encode()
        head = (
            f"POST /v1/score HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            if self.streams is None:
                self.streams = await asyncio.open_connection(self.host, int(self.port))
            reader, writer = self.streams
            writer.write(head.encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(answer.partition("content-length:")[2].partition("\r\n")[0])
            await reader.readexactly(length)
            return answer.split(" ", 2)[1]
        except (OSError, EOFError, asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            return type(error).__name__

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


async def closed_loop(
    url: str,
    *,
    clients: int,
    seconds: float,
    seed: int = 0,
    texts: Callable[[random.Random], str] = article,
) -> Found:
    """Let clients ask one after another, each as soon as it has its answer."""
    found = Found(seconds)
    end = time.perf_counter() + seconds

    async def client(number: int) -> None:
        rng = random.Random(f"{seed} {number}")
        connection = Connection(url)
        while (began := time.perf_counter()) < end:
            status = await connection.ask(texts(rng))
            if (now := time.perf_counter()) < end:
                found.note(status, now - began)
        connection.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return found


async def open_loop(url: str, *, rate: float, seconds: float, seed: int = 0) -> Found:
    """Send articles at a rate, whether or not earlier ones are answered."""
    found = Found(seconds)
    rng = random.Random(seed)
    free: list[Connection] = []
    began = time.perf_counter()

    async def one(due: float) -> None:
        connection = free.pop() if free else Connection(url)
        found.note(await connection.ask(article(rng)), time.perf_counter() - due)
        free.append(connection)

    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            group.create_task(one(due))  # timed from when it was due: a late client hides nothing
    found.seconds = time.perf_counter() - began
    for connection in free:
        connection.close()
    return found


def resident_mb(pid: int) -> float:
    """Return the memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def service(*options: str, together: int | None = None) -> Iterator[tuple[str, int]]:
    """Start a service, with or without batching; its log is not kept."""
    environment = {} if together is None else {"FRAMING_SERVE_TOGETHER": str(together)}
    with _served(*options, environment=environment, log=False) as (url, process):
        asyncio.run(closed_loop(url, clients=8, seconds=2, seed=99))  # warm
        yield url, process.pid


def batching(*, clients: int, seconds: float, rounds: int, options: tuple[str, ...]) -> None:
    """Measure clients with batching, clients without it, and one client, in turns."""
    ways: dict[str, list[tuple[float, float, float]]] = {}
    with service(*options) as on, service(*options, together=1) as off:
        for number in range(rounds):
            for way, (url, pid), many in (
                (f"{clients} clients, batching", on, clients),
                (f"{clients} clients, no batching", off, clients),
                ("1 client", off, 1),
            ):
                before = processor_seconds(pid)
                load = closed_loop(url, clients=many, seconds=seconds, seed=number)
                found = asyncio.run(load)
                used = processor_seconds(pid) - before
                answered = len(found.times)
                ways.setdefault(way, []).append(
                    (found.rate, found.percentile(0.99), used * 1000 / max(answered, 1))
                )
    for way, runs in ways.items():
        rates, slowest, cost = zip(*runs, strict=True)
        print(
            json.dumps(
                {
                    "way": way,
                    "articles_a_second": round(median(rates), 1),
                    "p99_ms": round(median(slowest)),
                    "processor_ms_an_article": round(median(cost), 2),
                }
            )
        )


def steady(*, rate: float, seconds: float, options: tuple[str, ...]) -> Found:
    """Send a rate to a fresh service."""
    with service(*options) as (url, _):
        return asyncio.run(open_loop(url, rate=rate, seconds=seconds))


def soak(
    *,
    seconds: float,
    every: float,
    options: tuple[str, ...],
    clients: int = 8,
    told: Callable[[dict[str, float]], None] = lambda _: None,
) -> list[float]:
    """Keep clients busy; return the service's memory in MB, first after a warm-up of one step."""
    held: list[float] = []
    with service(*options) as (url, pid):
        for step in range(round(seconds / every) + 1):
            load = closed_loop(url, clients=clients, seconds=every, seed=step, texts=mixed)
            found = asyncio.run(load)
            assert set(found.statuses) == {"200"}, found.statuses
            held.append(resident_mb(pid))
            told({"second": (step + 1) * every, "mb": held[-1], "rate": round(found.rate, 1)})
    return held


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("batching", "rate", "soak"))
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--every", type=float, default=30, help="seconds between readings")
    parser.add_argument("options", nargs="*", help="for framing serve, after --")
    given = parser.parse_args()
    options = tuple(given.options)
    print(json.dumps({"cores": len(os.sched_getaffinity(0)), "load": os.getloadavg()}))
    if given.what == "batching":
        batching(clients=given.clients, seconds=given.seconds, rounds=given.rounds, options=options)
    elif given.what == "rate":
        found = steady(rate=given.rate, seconds=given.seconds, options=options)
        facts = {k: v for k, v in asdict(found).items() if k != "times"}
        marks = {f"p{p}_ms": round(found.percentile(p / 100), 1) for p in (50, 95, 99)}
        print(json.dumps({**facts, "answered_a_second": round(found.rate, 1), **marks}))
    else:
        soak(
            seconds=given.minutes * 60,
            every=given.every,
            options=options,
            clients=given.clients,
            told=lambda fact: print(json.dumps(fact), flush=True),
        )


if __name__ == "__main__":
    main()
