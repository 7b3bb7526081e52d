"""The picture of scored articles: one self-contained HTML page that runs no script.

Every text of an article is escaped, a Content-Security-Policy forbids scripts and requests, and
what reacts to the reader (filter by frame, details of a sentence) is CSS alone, so it works by
mouse, tap and keyboard, and on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from framing.results import ArticleScore, SentenceScore

__all__ = ["article_page", "articles_page"]

_STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1d22;--soft:#5d6470;--line:#d9dce3;
--card:#f5f6f9;--tint:88%;--edge:42%}
@media(prefers-color-scheme:dark){:root{--paper:#15171c;--ink:#e7e9ee;--soft:#9aa3b2;--line:#333843;
--card:#1e2129;--tint:24%;--edge:62%}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:17px/1.65 Georgia,"Times New Roman",serif}
main{max-width:46rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.25;margin:.2rem 0 .4rem;overflow-wrap:anywhere}
h2{font:600 1rem/1.4 system-ui,sans-serif;margin:2rem 0 .5rem}
.meta,.note,table,.filter,.tip,.who,summary{font-family:system-ui,sans-serif}
.meta,.note{color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
.warning{border-left:4px solid #c77700;background:var(--card);padding:.5rem .8rem;
font:.9rem/1.5 system-ui,sans-serif}
.strip{display:flex;height:22px;margin:1rem 0 .2rem;border-radius:4px;overflow:hidden;
background:var(--card);border:1px solid var(--line)}
.strip i{flex:1 1 0;min-width:1px;background:var(--c,transparent)}
.filter{display:flex;flex-wrap:wrap;gap:.35rem;margin:1rem 0;font-size:.8rem;border:0;padding:0}
.filter legend{color:var(--soft);padding:0;margin-bottom:.3rem}
.filter label{border:1px solid var(--line);border-radius:1rem;padding:.1rem .65rem;cursor:pointer;
background:var(--fill,transparent)}
.filter input{position:absolute;opacity:0}
.filter label:has(:checked){outline:2px solid var(--ink)}
.filter label:has(:focus-visible){outline:3px solid #3b82f6}
.s{position:relative;border-radius:3px;padding:.05em .1em;box-decoration-break:clone;
-webkit-box-decoration-break:clone;transition:opacity .15s}
.s.on{background:var(--fill);box-shadow:inset 0 -2px 0 var(--c);cursor:help}
.s.quoted{font-style:italic}
.s.reported{text-decoration:underline dotted var(--soft) 1px;text-underline-offset:4px}
.s:focus{outline:2px solid #3b82f6}
.who{font-size:.72rem;font-style:normal;color:var(--soft);background:var(--card);
border:1px solid var(--line);border-radius:3px;padding:0 .35em;margin-right:.3em;white-space:nowrap}
.tip{display:none;position:absolute;z-index:2;left:0;top:100%;width:max-content;max-width:min(20rem,82vw);
background:var(--paper);color:var(--ink);border:1px solid var(--line);border-radius:6px;
box-shadow:0 6px 24px #0004;padding:.5rem .7rem;font-size:.8rem;font-style:normal;line-height:1.45;
text-decoration:none}
.s:hover>.tip,.s:focus>.tip,.s:focus-within>.tip{display:block}
.bar{display:grid;grid-template-columns:1fr 5rem 2.6rem;gap:.4rem;align-items:center}
.bar b{font-weight:500}.bar u{display:block;height:7px;border-radius:4px;background:var(--c)}
table{border-collapse:collapse;width:100%;font-size:.84rem}
th,td{text-align:left;padding:.3rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:500}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
details{margin-top:1.5rem;font-size:.85rem}
@media print{.filter,.tip{display:none!important}body{font-size:11pt}main{max-width:none;padding:0}
.s,.strip i,.bar u{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def article_page(result: ArticleScore) -> str:
    """Return a self-contained page that shows one scored article."""
    return articles_page([result])


def articles_page(results: Sequence[ArticleScore]) -> str:
    """Return a self-contained page that shows scored articles one below the other."""
    frames = list(results[0].provenance.thresholds) if results else []
    colours = {frame: _hue(i, len(frames)) for i, frame in enumerate(frames)}
    title = results[0].title if len(results) == 1 and results[0].title else "Framing"
    carried = [f for f in frames if any(r.frames[f].count for r in results)]
    rules = "".join(
        f"body:has(#only-{f}:checked) .s:not(.f-{f}){{opacity:.28}}.c-{f}{{"
        f"--c:hsl({colours[f]} 60% var(--edge));--fill:hsl({colours[f]} 70% var(--tint))}}"
        for f in frames
    )
    body = "".join(_article(result) for result in results) or "<p>No articles.</p>"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_text(title)}</title><style>{_STYLE}{rules}</style></head><body><main>"
        f"{_filter(carried, results)}{body}</main></body></html>\n"
    )


def _hue(index: int, total: int) -> int:
    """Return hues that neighbours in the codebook do not share."""
    return (
        round(360 * ((index * 0.381966) % 1)) if total > 6 else round(360 * index / max(total, 1))
    )


def _text(text: str) -> str:
    """Escape a text for HTML; lone surrogates, which no page can hold, become U+FFFD."""
    return escape("".join("\ufffd" if "\ud800" <= c <= "\udfff" or c == "\0" else c for c in text))


def _label(frame: str) -> str:
    return _text(frame.replace("_", " "))


def _filter(carried: Sequence[str], results: Sequence[ArticleScore]) -> str:
    if not carried:
        return ""
    chips = ['<label><input type="radio" name="only" checked>all frames</label>']
    for frame in carried:
        count = sum(result.frames[frame].count for result in results)
        chips.append(
            f'<label class="c-{frame}"><input type="radio" name="only" id="only-{frame}">'
            f"{_label(frame)} {count}</label>"
        )
    return (
        '<fieldset class="filter"><legend>Show the sentences of one frame</legend>'
        f"{''.join(chips)}</fieldset>"
    )


def _article(result: ArticleScore) -> str:
    p = result.provenance
    head = " · ".join(_text(x) for x in (result.source, result.date, result.origin) if x)
    warnings = "".join(f'<p class="warning">{_text(w)}</p>' for w in result.warnings)
    strip = "".join(
        f'<i class="c-{s.frames[0]}"></i>' if s.frames else "<i></i>" for s in result.sentences
    )
    first = result.sentences[0] if result.sentences else None
    titled = first is not None and first.kind == "title"
    title = (
        _sentence(first, None)
        if first is not None and titled
        else _text(result.title or "(no title)")
    )
    return (
        f"<article><h1>{title}</h1><p class='meta'>{head}</p>{warnings}"
        f'<div class="strip" role="img" aria-label="Frames over the length of the article">{strip}'
        '</div><p class="note">Each strip is a sentence, coloured by its most probable frame. '
        "<em>Italic</em>: quoted. Dotted line: reported. Point at, tap or tab to a tinted sentence "
        f"for probabilities.</p>{_paragraphs(result, skip=int(titled))}"
        f"{_frame_table(result)}{_speaker_table(result)}{_left_out(result)}"
        f'<p class="note">{len(result.sentences)} sentences. Model {_text(p.model)} revision '
        f"{_text(p.revision)}, codebook {_text(p.codebook)}, framing {_text(p.library_version)}. "
        "A frame is an interpretation, not a falsehood.</p></article>"
    )


def _paragraphs(result: ArticleScore, *, skip: int) -> str:
    parts: list[str] = []
    previous: SentenceScore | None = None
    for sentence in result.sentences[skip:]:
        gap = "" if previous is None else result.text[previous.end : sentence.start]
        if previous is None or "\n" in gap or "\r" in gap:
            parts.append("</p><p>" if parts else "<p>")
        heading = sentence.kind in ("heading", "title")
        shown = _sentence(sentence, previous.speaker if previous else None)
        parts.append(f"<strong>{shown}</strong> " if heading else shown + " ")
        previous = sentence
    return "".join(parts) + "</p>" if parts else ("" if skip else "<p>No sentences.</p>")


def _sentence(sentence: SentenceScore, speaker_before: str | None) -> str:
    classes = ["s", sentence.voice, *(f"f-{f}" for f in sentence.frames)]
    if sentence.frames:
        classes += ["on", f"c-{sentence.frames[0]}"]
    who = ""
    if sentence.speaker and sentence.speaker != speaker_before:
        who = f'<span class="who">{_text(sentence.speaker)}</span>'
    said = sentence.voice + (f", {_text(sentence.speaker)}" if sentence.speaker else "")
    if sentence.stance != "plain":
        said += f" ({sentence.stance})"
    if not sentence.frames:
        return (
            f'<span class="{" ".join(classes)}" title="{said}">{who}{_text(sentence.text)}</span>'
        )
    bars = "".join(
        f'<span class="bar c-{f}"><b>{_label(f)}</b><u style="width:{sentence.scores[f]:.0%}"></u>'
        f"{sentence.scores[f]:.2f}</span>"
        for f in sentence.frames
    )
    cut = "<br>The model could not read it to its end." if sentence.truncated else ""
    return (
        f'<span class="{" ".join(classes)}" tabindex="0">{who}{_text(sentence.text)}'
        f'<span class="tip" role="note">{said}{bars}{cut}</span></span>'
    )


def _frame_table(result: ArticleScore) -> str:
    rows = [
        f'<tr><td class="c-{frame}"><span style="background:var(--fill)">{_label(frame)}</span>'
        f'</td><td class="n">{f.count}</td>'
        + "".join(f'<td class="n">{v:.0%}</td>' for v in (f.share, f.author, f.quoted, f.reported))
        + f'<td class="n">{f.maximum:.2f}</td></tr>'
        for frame, f in sorted(result.frames.items(), key=lambda pair: -pair[1].count)
        if f.count
    ]
    if not rows:
        return "<p class='note'>No sentence reaches the threshold of any frame.</p>"
    names = ("sentences", "share", "author", "quoted", "reported", "highest")
    head = "".join(f'<th class="n">{name}</th>' for name in names)
    return (
        '<h2>Frames, and in whose voice</h2><div class="scroll"><table>'
        f"<tr><th>frame</th>{head}</tr>{''.join(rows)}</table></div>"
    )


def _speaker_table(result: ArticleScore) -> str:
    rows = [
        f'<tr><td>{_text(s.speaker)}</td><td class="n">{len(s.sentences)}</td><td>'
        + (", ".join(f"{_label(f)} {len(n)}" for f, n in s.frames.items()) or "none")
        + "</td></tr>"
        for s in result.speakers
    ]
    if not rows:
        return ""
    return (
        '<h2>Speakers</h2><div class="scroll"><table><tr><th>speaker</th>'
        f'<th class="n">sentences</th><th>frames advanced</th></tr>{"".join(rows)}</table></div>'
    )


def _left_out(result: ArticleScore) -> str:
    if not result.dropped:
        return ""
    rows = "".join(
        f"<tr><td>{_text(d.reason)}</td><td>{_text(result.text[d.start : d.end][:160])}</td></tr>"
        for d in result.dropped
    )
    return (
        f"<details><summary>{len(result.dropped)} pieces left out as page furniture</summary>"
        f'<div class="scroll"><table>{rows}</table></div></details>'
    )
