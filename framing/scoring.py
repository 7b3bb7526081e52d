"""Score articles: read, split, attribute, and give every sentence a probability for every frame."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from framing.article import Article
from framing.codebook import Codebook
from framing.errors import ModelError
from framing.explain import METHODS, Evidence, WordWeight, share_tokens, weigh_words, words_of
from framing.language import detect_language
from framing.model.artefact import Artefact, find_model, read_artefact
from framing.model.engine import Engine, GradientEngine, Prediction, open_engine
from framing.results import ArticleScore, Provenance, SentenceScore
from framing.sentences import Sentence, model_text, split
from framing.stance import rejects
from framing.voice import Voices, read_voices

if TYPE_CHECKING:
    from framing.fewshot import Examples

__all__ = ["Scorer", "load", "score", "score_many"]

_SENTENCES_AT_ONCE = 512  # sentences of several articles that share one pass through the model


@dataclass(frozen=True)
class Scorer:
    """A loaded model with its codebook; made by `load`, safe to use from several threads."""

    artefact: Artefact
    engine: Engine = field(repr=False)
    notes: tuple[str, ...] = ()  # warnings that every result carries

    @property
    def codebook(self) -> Codebook:
        """The codebook whose frames are scored, in column order."""
        return self.artefact.codebook

    @property
    def thresholds(self) -> dict[str, float]:
        """The probability from which a sentence counts as carrying a frame, by frame id."""
        return dict(self.artefact.thresholds)

    @property
    def provenance(self) -> Provenance:
        """What identifies this model in results."""
        from framing import __version__

        return Provenance(
            model=self.artefact.name,
            revision=self.artefact.revision,
            sha256=self.artefact.sha256,
            codebook=self.codebook.id,
            codebook_digest=self.codebook.digest,
            thresholds=self.thresholds,
            library_version=__version__,
        )

    def predict_proba(self, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Return calibrated probabilities, `(n_sentences, n_frames)`, columns in codebook order.

        Takes plain sentences, each scored by itself; a sentence longer than the model's window is
        read in overlapping windows. Raises TypeError for a single string or items that are no text.
        """
        if isinstance(sentences, str):
            raise TypeError(
                "predict_proba takes a list of sentences, got one str: wrap it in [...]"
            )
        for i, sentence in enumerate(sentences):
            if not isinstance(sentence, str):
                raise TypeError(f"sentence {i} is {type(sentence).__name__}, expected str")
        return self._calibrated(self.engine.predict([model_text(s) for s in sentences]))

    def predict(self, sentences: Sequence[str]) -> NDArray[np.bool_]:
        """Return the labels of sentences, bool `(n_sentences, n_frames)`, in codebook order.

        A frame counts from its threshold on. In a sentence that only rejects a claim ("no evidence
        that ...") only those frames count that the codebook names under `kept_when_rejected`.
        """
        return self.labels(self.predict_proba(sentences), sentences)

    def labels(self, y_score: NDArray[np.float32], sentences: Sequence[str]) -> NDArray[np.bool_]:
        """Return the labels that probabilities of `predict_proba` give to these sentences."""
        return self._labels(y_score, [rejects(model_text(s)) for s in sentences])

    def _labels(self, y_score: NDArray[np.float32], rejected: Sequence[bool]) -> NDArray[np.bool_]:
        frame_ids, kept = self.codebook.frame_ids, self.codebook.kept_when_rejected
        limits = np.array([self.artefact.thresholds[f] for f in frame_ids], np.float32)
        labels: NDArray[np.bool_] = y_score >= limits
        if kept:
            lapsing = np.array([f not in kept for f in frame_ids])
            labels[np.ix_(np.array(rejected, bool), lapsing)] = False
        return labels

    def _calibrated(self, prediction: Prediction) -> NDArray[np.float32]:
        """Return the probabilities that logits stand for."""
        log_odds = np.clip(self._calibrate(prediction.logits), -30, 30)
        return (1 / (1 + np.exp(-log_odds))).astype(np.float32)

    def _calibrate(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        scale = np.asarray(self.artefact.scale, np.float32)
        shift = np.asarray(self.artefact.shift, np.float32)
        return logits * scale + shift

    def explain(self, sentence: str, *, frame: str, method: str = "occlusion") -> list[WordWeight]:
        """Return every word of a sentence with what it adds to the log-odds of a frame.

        Items are `(word, start, end, weight)` in the order of the text, and
        `sentence[start:end] == word`. A positive weight speaks for the frame, a negative one
        against it. `method` is "occlusion", which leaves words out, or "integrated-gradients",
        which the torch engine has: `load(engine="torch")`. Raises CodebookError, with the nearest
        right name, for an unknown frame, ModelError where the engine has no gradients.
        """
        if not isinstance(sentence, str):
            raise TypeError(f"explain takes one sentence, got {type(sentence).__name__}")
        self.codebook.frame(frame)
        self._check_method(method)
        return self._evidence(sentence, (frame,), method)[frame]

    def evidence(
        self, result: ArticleScore, *, frame: str | None = None, method: str = "occlusion"
    ) -> Evidence:
        """Weigh the words of every sentence that carries a frame; give it to `result.to_html`.

        The answer has `evidence[i][frame]`, the words of `result.sentences[i]`. With `frame`, that
        one is weighed in every sentence, carried or not. `method` is that of `explain`. By
        occlusion each sentence costs as much as scoring two for each of its words.
        """
        if frame is not None:
            self.codebook.frame(frame)
        self._check_method(method)
        return {
            i: self._evidence(sentence.text, sentence.frames if frame is None else (frame,), method)
            for i, sentence in enumerate(result.sentences)
            if sentence.frames or frame is not None
        }

    def _check_method(self, method: str) -> None:
        if method not in METHODS:
            raise ValueError(f"method is {' or '.join(map(repr, METHODS))}, got {method!r}")
        if method == "integrated-gradients" and not isinstance(self.engine, GradientEngine):
            raise ModelError(
                "integrated gradients need the torch engine and frames that it was trained for: "
                "load(engine='torch'); occlusion works with every engine"
            )

    def _evidence(
        self, sentence: str, frames: Sequence[str], method: str
    ) -> dict[str, list[WordWeight]]:
        spans = words_of(sentence)
        columns = [self.codebook.frame_ids.index(frame) for frame in frames]
        if method == "integrated-gradients" and isinstance(self.engine, GradientEngine):
            engine = self.engine
            weights = share_tokens(lambda text: engine.attributions(text, columns), sentence, spans)
            weights *= np.asarray(self.artefact.scale)[columns]
        else:
            weights = weigh_words(
                lambda texts: self._calibrate(self.engine.predict(texts).logits), sentence, spans
            )[:, columns]
        return {
            frame: [
                WordWeight(sentence[start:end], start, end, float(weight))
                for (start, end), weight in zip(spans, weights[:, k], strict=True)
            ]
            for k, frame in enumerate(frames)
        }

    def score(self, article: str | Article) -> ArticleScore:
        """Score one article, given as text or as an `Article`; empty text has no sentences."""
        return next(self.score_many([_as_article(article)]))

    def score_many(self, articles: Iterable[str | Article]) -> Iterator[ArticleScore]:
        """Yield the score of every article in order, as a stream; memory stays bounded.

        Articles share passes through the model, so many short ones cost less than one by one.
        """
        if isinstance(articles, str | bytes | Article):
            raise TypeError(
                f"score_many takes several articles, got one {type(articles).__name__}: "
                "use score(article)"
            )
        waiting: list[_Read] = []
        for article in articles:
            waiting.append(_read(_as_article(article)))
            if sum(len(read.sentences) for read in waiting) >= _SENTENCES_AT_ONCE:
                yield from self._finish(waiting)
                waiting = []
        yield from self._finish(waiting)

    def _finish(self, waiting: Sequence[_Read]) -> Iterator[ArticleScore]:
        texts = [s.model_text for read in waiting for s in read.sentences]
        prediction = self.engine.predict(texts)
        y_score, truncated = self._calibrated(prediction), prediction.truncated
        frame_ids = self.codebook.frame_ids
        labels = self._labels(
            y_score, [a.stance == "rejected" for read in waiting for a in read.voices.attributions]
        )
        provenance = self.provenance
        likeliest = np.argsort(-y_score, axis=1)
        # What equal sentences share; a page may repeat one many thousand times.
        known: dict[tuple[str, bool], tuple[dict[str, float], tuple[str, ...]]] = {}
        first = 0
        for read in waiting:
            rows = range(first, first + len(read.sentences))
            first = rows.stop
            attributions = read.voices.attributions
            if prediction.voice_logits is not None and self.artefact.mixture is not None:
                logits = prediction.voice_logits[rows.start : rows.stop].tolist()
                attributions = read.voices.mixed(logits, self.artefact.mixture)
            sentences: list[SentenceScore] = []
            for row, sentence, attribution in zip(rows, read.sentences, attributions, strict=True):
                key = sentence.model_text, attribution.stance == "rejected"
                if key not in known:
                    known[key] = (
                        dict(zip(frame_ids, y_score[row].tolist(), strict=True)),
                        tuple(frame_ids[k] for k in likeliest[row] if labels[row, k]),
                    )
                scores, frames = known[key]
                sentences.append(
                    SentenceScore(
                        text=sentence.text,
                        start=sentence.start,
                        end=sentence.end,
                        scores=scores,
                        frames=frames,
                        voice=attribution.voice,
                        speaker=attribution.speaker,
                        stance=attribution.stance,
                        voice_confidence=attribution.confidence,
                        truncated=bool(truncated[row]),
                        kind=sentence.kind,
                    )
                )
            article = read.article
            yield ArticleScore(
                text=article.text,
                title=article.title,
                date=article.date,
                source=article.source,
                language=read.language,
                origin=article.origin,
                sentences=tuple(sentences),
                dropped=article.dropped,
                warnings=self._warnings(read.language, sentences),
                provenance=provenance,
            )

    def _warnings(
        self, language: str | None, sentences: Sequence[SentenceScore]
    ) -> tuple[str, ...]:
        found = [*self.notes]
        known = self.artefact.languages
        if language is not None and language.split("-")[0] not in known:
            found.append(
                f"language '{language}' was never evaluated with this model "
                f"(only {', '.join(known)}): do not rely on these scores"
            )
        cut = sum(s.truncated for s in sentences)
        if cut:
            found.append(f"{cut} sentences are longer than the model can read; see their truncated")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Read:
    """An article that is ready for the model."""

    article: Article
    sentences: tuple[Sentence, ...]
    voices: Voices
    language: str | None


def _read(article: Article) -> _Read:
    sentences = split(article)
    language = article.language
    if language is None and sentences:
        language = detect_language(" ".join(s.model_text for s in sentences[:200]))
    return _Read(article, sentences, read_voices(sentences, article), language)


def _as_article(article: object) -> Article:
    if isinstance(article, Article):
        return article
    if isinstance(article, str):
        return Article.from_text(article)
    if isinstance(article, list | tuple):
        advice = "for several articles use score_many(articles)"
    elif isinstance(article, bytes):
        advice = "decode it first, or use Article.from_file(path)"
    else:
        advice = "pass the article's text, or an Article"
    raise TypeError(f"score takes text or an Article, got {type(article).__name__}: {advice}")


_loaded: dict[tuple[str, str, str, int | None], Scorer] = {}
_loading = threading.Lock()


def load(
    model: str = "default",
    *,
    device: str = "auto",
    engine: str = "auto",
    threads: int | None = None,
    codebook: Codebook | str | PathLike[str] | None = None,
    examples: Examples = (),
) -> Scorer:
    """Load a model once per process: "default", "fast", a shipped model's name, or a folder.

    With a `codebook` of your own (or its file) its frames are scored instead: those that the model
    was trained on as ever, others without training, from their definition, rules, cues and
    examples; `examples` are more of them, labelled sentences as records or their JSON Lines file.

    `device` is "auto", "cpu", "cuda" or "cuda:N"; `engine` is "auto", "onnx" or
    "torch". Left alone, the 8-bit weights run on the CPU; where there is a GPU, torch, and the
    folder's `torch/` weights, those run there. The 8-bit weights run on as many `threads` as there
    are cores, up to eight, unless you say how many. Raises ModelError when the folder is incomplete
    or altered or the engine cannot run here, ValueError for an unknown device or engine or fewer
    than one thread, CodebookError or RecordError for a codebook or examples that cannot be used.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"threads is at least 1, got {threads}")
    key = (str(find_model(model).resolve()), device, engine, threads)
    with _loading:
        if key not in _loaded:
            artefact = read_artefact(key[0])
            opened = open_engine(artefact, device=device, engine=engine, threads=threads)
            _loaded[key] = Scorer(artefact, opened)
        scorer = _loaded[key]
    if codebook is None:
        if examples != ():
            raise ValueError("examples belong to a codebook of your own: give codebook= too")
        return scorer
    from framing.fewshot import adapt

    if not isinstance(codebook, Codebook):
        codebook = Codebook.load(codebook)
    return Scorer(*adapt(scorer.artefact, scorer.engine, codebook, examples))


def score(article: str | Article, *, model: str = "default") -> ArticleScore:
    """Score one article sentence by sentence with a model; the default ships with the package."""
    return load(model).score(_as_article(article))


def score_many(
    articles: Iterable[str | Article], *, model: str = "default"
) -> Iterator[ArticleScore]:
    """Yield the scores of many articles in order, as a stream."""
    return load(model).score_many(articles)
