"""One thread scores the articles of all requests that wait, together: micro-batching.

There is no waiting window: whatever has arrived while the model was busy goes into its next pass.
Requests take turns, one article each, so that a large batch does not keep a small one waiting.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from framing.article import Article
from framing.explain import Evidence, WordWeight
from framing.results import ArticleScore
from framing.scoring import Scorer

__all__ = ["Batcher", "Full", "Scored"]

_CHARACTERS_AT_ONCE = 60_000  # about 400 sentences: near the scorer's own pass, under 2 s
_EXPLAINED_AT_ONCE = 4  # sentences whose words are weighed between two passes


class Scored(NamedTuple):
    """A scored article, with the words that carry frames where they were asked for."""

    result: ArticleScore
    evidence: Evidence


class Full(Exception):  # noqa: N818 (a state, named as the caller reads it)
    """More documents are waiting than the queue holds; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"try again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(eq=False, slots=True)
class _Job:
    """One request's articles on their way through; read and changed by the worker only."""

    explain: bool
    articles: deque[tuple[int, Article]]
    results: dict[int, ArticleScore] = field(default_factory=dict)
    to_explain: deque[tuple[int, int]] = field(default_factory=deque)  # article, sentence
    evidence: dict[int, dict[int, Mapping[str, Sequence[WordWeight]]]] = field(default_factory=dict)
    future: Future[list[Scored]] = field(default_factory=Future)


class Batcher:
    """Scores articles of many threads in one; `admit`, then `submit`; `close` finishes all."""

    def __init__(
        self,
        scorer: Scorer,
        *,
        queue: int,
        explained: int,
        together: int = 256,
        observe: Callable[[Sequence[ArticleScore], float], None] | None = None,
    ) -> None:
        self.scorer = scorer
        self._queue = queue
        self._explained = explained
        self._together = together
        self._observe = observe
        self._held = 0
        self._pace = 0.05  # seconds a document, a running mean
        self._jobs: deque[_Job] = deque()
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="framing-score", daemon=True)
        self._thread.start()

    @property
    def held(self) -> int:
        """How many documents are admitted and not yet answered."""
        return self._held

    @contextmanager
    def admit(self, documents: int) -> Iterator[None]:
        """Hold places in the queue for the length of a request; raises `Full`."""
        with self._changed:
            # A request larger than the whole queue is let in alone, else it could never succeed.
            if self._held and self._held + documents > self._queue:
                raise Full(min(max(round(self._held * self._pace), 1), 60))
            self._held += documents
        try:
            yield
        finally:
            with self._changed:
                self._held -= documents

    def submit(self, articles: Sequence[Article], *, explain: bool = False) -> Future[list[Scored]]:
        """Queue articles; the future has their scores in order. Cancel it to give them up."""
        job = _Job(explain, deque(enumerate(articles)))
        with self._changed:
            if self._closing:
                raise RuntimeError("the batcher is closed")
            self._jobs.append(job)
            self._changed.notify()
        return job.future

    def close(self) -> None:
        """Finish what was accepted, then stop."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._jobs and not self._closing:
                    self._changed.wait()
                if not self._jobs:
                    return
                batch, waiting = self._take()
            if batch:
                self._score(batch)
            for job in waiting[:_EXPLAINED_AT_ONCE]:
                self._explain(job)
            with self._changed:
                self._jobs = deque(job for job in self._jobs if not self._finished(job))

    def _take(self) -> tuple[list[tuple[_Job, int, Article]], list[_Job]]:
        """Return the next articles, taken in turns, and the jobs whose words are to be weighed."""
        self._jobs = deque(job for job in self._jobs if not job.future.cancelled())
        waiting = [job for job in self._jobs if job.to_explain]
        batch: list[tuple[_Job, int, Article]] = []
        room = _CHARACTERS_AT_ONCE
        turns = deque(job for job in self._jobs if job.articles)
        while turns and room > 0 and len(batch) < self._together:
            job = turns.popleft()
            number, article = job.articles.popleft()
            batch.append((job, number, article))
            room -= len(article.text)
            if job.articles:
                turns.append(job)
        self._jobs.rotate(-1)  # whoever was first now is last: no job is always served last
        return batch, waiting

    def _score(self, batch: Sequence[tuple[_Job, int, Article]]) -> None:
        began = time.perf_counter()
        try:
            results = list(self.scorer.score_many([article for _, _, article in batch]))
        except Exception as error:  # noqa: BLE001 (goes to the request that it belongs to)
            if len(batch) == 1:
                _fail(batch[0][0], error)
                return
            for one in batch:  # one bad article must not fail its neighbours
                self._score([one])
            return
        took = time.perf_counter() - began
        self._pace += 0.2 * (took / len(batch) - self._pace)
        if self._observe:
            self._observe(results, took)
        for (job, number, _), result in zip(batch, results, strict=True):
            job.results[number] = result
            if job.explain:
                carrying = [i for i, s in enumerate(result.sentences) if s.frames]
                job.to_explain.extend((number, i) for i in carrying[: self._explained])
                if len(carrying) > self._explained:
                    note = (
                        f"words are given for the first {self._explained} of {len(carrying)} "
                        "sentences that carry a frame; send the others by themselves"
                    )
                    job.results[number] = replace(result, warnings=(*result.warnings, note))

    def _explain(self, job: _Job) -> None:
        """Weigh the words of one sentence."""
        if job.future.done():
            return
        number, i = job.to_explain.popleft()
        result = job.results[number]
        try:
            found = self.scorer.evidence(replace(result, sentences=(result.sentences[i],)))
        except Exception as error:  # noqa: BLE001 (goes to the request that it belongs to)
            _fail(job, error)
            return
        job.evidence.setdefault(number, {})[i] = found[0]

    @staticmethod
    def _finished(job: _Job) -> bool:
        """Answer a job that has nothing left to do; true when it may be forgotten."""
        if job.future.done():
            return True
        if job.articles or job.to_explain:
            return False
        if job.future.set_running_or_notify_cancel():
            job.future.set_result(
                [Scored(job.results[n], job.evidence.get(n, {})) for n in sorted(job.results)]
            )
        return True


def _fail(job: _Job, error: Exception) -> None:
    if not job.future.done() and job.future.set_running_or_notify_cancel():
        job.future.set_exception(error)
