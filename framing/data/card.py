"""The card of a corpus, and its Croissant metadata, made from its records."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from framing.data.agreement import agreement
from framing.data.corpus import Corpus
from framing.data.diversity import diversity
from framing.errors import RecordError

__all__ = ["croissant", "data_card"]

# Labels only what the others disagree on, so that agreement with it would be biased downwards.
ADJUDICATOR = "adjudicator"
FILES = ("articles.jsonl", "gold.jsonl", "annotations.jsonl")
_ORIGIN = (
    "A large language model composed every article and labelled every sentence by the codebook. "
    "No person has composed, labelled or checked any of it. People, outlets and statements in the "
    "articles are invented; real places, organisations and events serve as setting only, and no "
    "figure or event in them may be taken for a fact."
)
_USES = (
    "Teaching and testing models of framing at the level of sentences, as an addition to labelled "
    "real news. Not for training text generators to write propaganda, not as evidence about any "
    "person, outlet or state, and not as a measure of how frequent a frame is in real news: frames "
    "are far denser here."
)


def _counts(corpus: Corpus, key: str) -> Counter[str]:
    return Counter(str(article.get(key)) for article in corpus.articles.values())


def _twice(corpus: Corpus) -> int:
    """Return how many sentences two annotators or more labelled."""
    annotators: dict[tuple[str, int], set[str]] = {}
    for r in corpus.marks:
        annotators.setdefault(r.key, set()).add(r.annotator or "")
    return sum(len(names) > 1 for names in annotators.values())


def data_card(corpus: Corpus, *, name: str) -> str:
    """Return the card in Markdown, every figure counted from the records."""
    records = corpus.records
    splits = Counter(r.split or "train" for r in records)
    none = sum(not r.frames for r in records)
    voices = Counter(r.voice or "unmarked" for r in records)
    frames = Counter(f for r in records for f in r.frames)
    varied = diversity([r.text for r in records])
    twice = _twice(corpus)
    lines = [
        "---",
        "language: en",
        "license: cc-by-4.0",
        f"pretty_name: {name}",
        "task_categories: [text-classification]",
        "---",
        "",
        f"# {name}",
        "",
        f"{len(corpus.articles):,} composed news texts with {len(records):,} sentences, each "
        f"labelled with the frames of codebook `{corpus.codebook.id}`, its voice and its speaker. "
        "CC BY 4.0.",
        "",
        "## Where it comes from",
        "",
        _ORIGIN,
        "",
        "## What it is for",
        "",
        _USES,
        "",
        "## What is in it",
        "",
        f"- without a frame: {none:,} sentences ({none / len(records):.1%})",
        "- splits, by article: " + ", ".join(f"{k} {v:,}" for k, v in splits.items()),
        "- voices: " + ", ".join(f"{k} {v:,}" for k, v in voices.most_common()),
        "- registers (articles): "
        + ", ".join(f"{k} {v}" for k, v in _counts(corpus, "register").most_common()),
        "- domains (articles): "
        + ", ".join(f"{k} {v}" for k, v in _counts(corpus, "domain").most_common()),
        "",
        "## Agreement",
        "",
        f"{twice:,} of {len(records):,} sentences were labelled by two annotators, independently "
        "of each other (both the same language model, in separate runs, the second without "
        "sight of the first's labels)"
        + ("" if twice == len(records) else "; the rest by the composer alone")
        + ". Two runs of one model agree more than two people would. All annotators' records are "
        "in `annotations.jsonl`; each gold record's note keeps who said what.",
        "",
    ]
    judged = len({r.key for r in corpus.marks if r.annotator == ADJUDICATOR})
    if judged:
        lines += [
            f"{judged:,} sentences on whose frames the two differ were judged by a third run, "
            "which saw both readings without their authors; there the majority is gold. "
            "Everywhere else the composer's label is.",
            "",
        ]
    alphas: Mapping[str, Any] = {}
    if twice:
        marks = [r for r in corpus.marks if r.annotator != ADJUDICATOR]
        found = agreement(marks, frame_ids=corpus.codebook.frame_ids, resamples=500)
        alphas = found.frames
        lines += [
            f"Krippendorff's alpha over sets of frames (MASI) {found.sets.value:.3f}, any frame "
            f"{found.any_frame.value:.3f}, voice {found.voice.value:.3f}.",
            "",
        ]
    lines += ["| frame | sentences | alpha | 95 % interval |", "|---|---:|---:|---|"]
    for frame in corpus.codebook.frame_ids:
        a = alphas.get(frame)
        known = a is not None and a.value == a.value  # NaN: the frame was never marked
        alpha = f"{a.value:.3f} | {a.low:.3f} to {a.high:.3f}" if a is not None and known else " | "
        lines.append(f"| {frame} | {frames[frame]} | {alpha} |")
    lines += [
        "",
        "## Variety",
        "",
        "Share of distinct n-grams (n = 1 to 4): "
        + ", ".join(f"{d:.3f}" for d in varied.distinct)
        + f"; self-BLEU {varied.self_bleu:.3f}; mean similarity of a sentence to its nearest "
        f"{varied.nearest:.3f}, at .6 or above {varied.near:.2%}.",
        "",
        "## Limits",
        "",
        "- English only, and the English of one model, whatever register it imitates.",
        "- Frames are placed on purpose, so they are denser and their mixture is more even than in "
        "news.",
        "- The labels carry the habits of the model that made them.",
        "",
        f"Digest of the gold records: `{corpus.digest}`.",
        "",
    ]
    return "\n".join(lines)


def croissant(corpus: Corpus, folder: Path, *, name: str) -> dict[str, Any]:
    """Return Croissant 1.0 metadata (MLCommons) with its responsible-AI fields, as JSON-LD."""
    files = []
    for file in FILES:
        try:
            raw = (folder / file).read_bytes()
        except OSError as error:
            raise RecordError(f"{folder / file}: cannot be read: {error.strerror}") from error
        files.append(
            {
                "@type": "cr:FileObject",
                "@id": file,
                "name": file,
                "contentUrl": file,
                "encodingFormat": "application/jsonlines",
                "sha256": hashlib.sha256(raw).hexdigest(),
            }
        )
    fields = {
        "article_id": "sc:Text",
        "sentence_id": "sc:Integer",
        "text": "sc:Text",
        "context": "sc:Text",
        "frames": "sc:Text",
        "voice": "sc:Text",
        "speaker": "sc:Text",
        "split": "sc:Text",
    }
    return {
        "@context": {
            "@language": "en",
            "@vocab": "https://schema.org/",
            "sc": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/",
            "rai": "http://mlcommons.org/croissant/RAI/",
            "dct": "http://purl.org/dc/terms/",
            "conformsTo": "dct:conformsTo",
            "recordSet": "cr:recordSet",
            "field": "cr:field",
            "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
            "source": "cr:source",
            "fileObject": "cr:fileObject",
            "extract": "cr:extract",
            "column": "cr:column",
            "repeated": "cr:repeated",
        },
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.0",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "name": name,
        "description": f"Composed news texts labelled sentence by sentence for framing. {_ORIGIN}",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "version": "1.0.0",
        "inLanguage": "en",
        "rai:dataCollection": _ORIGIN,
        "rai:dataCollectionType": ["Synthetic data"],
        "rai:dataAnnotationProtocol": f"Codebook {corpus.codebook.id}, by sentence.",
        "rai:annotationsPerItem": f"1 to 3; {_twice(corpus)} sentences have two or more",
        "rai:dataAnnotationPlatform": "none; a language model, in separate runs",
        "rai:dataUseCases": _USES,
        "rai:dataBiases": "Frames are denser and more even than in news; one model's style.",
        "rai:dataLimitations": "English; no person has checked text or labels.",
        "rai:personalSensitiveInformation": "No real living person is quoted.",
        "distribution": files,
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "gold",
                "name": "gold",
                "field": [
                    {
                        "@type": "cr:Field",
                        "@id": f"gold/{field}",
                        "name": field,
                        "dataType": kind,
                        **({"repeated": True} if field == "frames" else {}),
                        "source": {
                            "fileObject": {"@id": "gold.jsonl"},
                            "extract": {"column": field},
                        },
                    }
                    for field, kind in fields.items()
                ],
            }
        ],
    }
