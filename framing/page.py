"""The picture of scored articles: one self-contained HTML page that runs no script.

Every text of an article is escaped, a Content-Security-Policy forbids scripts and requests, and
what reacts to the reader (filter by frame, details of a sentence) is CSS alone, so it works by
mouse, tap and keyboard, and on paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from framing.explain import Evidence, WordWeight, strongest
from framing.results import ArticleScore, SentenceScore

__all__ = [
    "article_page",
    "articles_page",
    "colour_rules",
    "escaped",
    "frame_chip",
    "label",
    "whole_page",
]

STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1d22;--soft:#59606c;--line:#d9dce3;
--card:#f4f5f8;--focus:#1d5fd1;--l1:.45;--l2:.62;--f1:.9;--f2:.94}
@media screen and (prefers-color-scheme:dark){:root{--paper:#15171c;--ink:#eceef2;--soft:#a3abb9;
--line:#363b47;--card:#1f222a;--focus:#7fb0ff;--l1:.62;--l2:.8;--f1:.33;--f2:.4}}
*{box-sizing:border-box}
html{scroll-padding-top:30vh}
body{margin:0;background:var(--paper);color:var(--ink);
font:17px/1.7 Georgia,"Times New Roman",serif}
main{max-width:46rem;margin:0 auto;padding:1.5rem 1rem 4rem}
main.wide{max-width:72rem}
p,h1{position:relative;overflow-wrap:anywhere}p{orphans:3;widows:3}
h1{font-size:1.7rem;line-height:1.3;margin:.2rem 0 .4rem}
h2{font:600 1.05rem/1.4 system-ui,sans-serif;margin:2.2rem 0 .5rem;break-after:avoid}
article+article{border-top:3px double var(--line);margin-top:3rem;padding-top:1.5rem}
.meta,.note,table,.filter,.tip,.who,.tag,summary{font-family:system-ui,sans-serif}
.meta,.note{color:var(--soft);font-size:.85rem;line-height:1.5}
.warning{border-left:4px solid #c77700;background:var(--card);padding:.5rem .8rem;
font:.9rem/1.5 system-ui,sans-serif}
.strip{display:flex;height:24px;margin:1rem 0 .2rem;border-radius:4px;overflow:hidden;
background:var(--card);border:1px solid var(--line)}
.strip a{flex:1 1 0;min-width:1px;background:var(--c,transparent)}
.filter{display:flex;flex-wrap:wrap;gap:.35rem;margin:1rem 0;font-size:.8rem;border:0;padding:3px;
min-width:0}
.filter legend{color:var(--soft);padding:0;margin-bottom:.3rem}
.filter label{border:1px solid var(--line);border-radius:1rem;padding:.1rem .65rem;cursor:pointer;
background:var(--fill,transparent);line-height:1.6}
.filter label[class]:before{content:"";display:inline-block;width:.7em;height:.7em;
border-radius:50%;background:var(--c);margin-right:.4em}
.filter input{position:absolute;opacity:0}
.filter label:has(:checked){outline:2px solid var(--ink)}
.filter label:has(:focus-visible){outline:3px solid var(--focus)}
.s{border-radius:3px;padding:.1em .12em;box-decoration-break:clone;unicode-bidi:isolate;
-webkit-box-decoration-break:clone}
.s.quoted{font-style:italic}
.s.reported{border-bottom:1.5px dotted var(--soft)}
.s.on{background:var(--fill);border-bottom:2px solid var(--c);cursor:help}
.s.on.reported{border-bottom-style:dotted}
.s:focus,.s:target{outline:2px solid var(--focus);outline-offset:1px}
.ev{font-weight:700;text-decoration:underline 3px var(--c);text-underline-offset:2px;
text-decoration-skip-ink:none}
.who,.tag{font-size:.7rem;font-style:normal;font-weight:400;line-height:1.5;border-radius:3px;
padding:.05em .4em;user-select:none;-webkit-user-select:none;display:inline-block;max-width:100%}
.who{color:var(--soft);background:var(--card);border:1px solid var(--line);margin-right:.35em}
.tag{color:var(--ink);background:var(--paper);border:1px solid var(--c);margin-left:.35em}
.tip{display:none;position:absolute;z-index:2;left:0;top:auto;margin-top:.3rem;
width:24rem;max-width:100%;background:var(--paper);color:var(--ink);border:1px solid var(--soft);
border-radius:6px;box-shadow:0 6px 24px #0005;padding:.5rem .7rem;
font-size:.82rem;font-style:normal;font-weight:400;line-height:1.5;cursor:auto}
.s:hover>.tip,.s:focus>.tip{display:block}
.tip small{display:block;color:var(--soft);font-size:.76rem}
.bar{display:grid;grid-template-columns:1fr 6rem 2.4rem;gap:.5rem;align-items:center}
.bar b{font-weight:500}.bar i{background:var(--card);border-radius:4px}
.bar u{display:block;height:8px;border-radius:4px;background:var(--c)}
.chip{background:var(--fill);color:var(--ink);border-radius:3px;padding:.05em .35em;
font-family:system-ui,sans-serif;white-space:nowrap}
table{border-collapse:collapse;width:100%;font-size:.84rem;line-height:1.45}
th,td{text-align:left;padding:.32rem .5rem;border-bottom:1px solid var(--line);
vertical-align:top;unicode-bidi:isolate}
th{color:var(--soft);font-weight:500}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
td{overflow-wrap:anywhere}tr{break-inside:avoid}
.scroll{overflow-x:auto}
details{margin-top:1.5rem;font-size:.85rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
@media(max-width:40rem){.tip{position:fixed;inset:auto 0 0;width:auto;border-width:2px 0 0;
border-radius:0;padding:.7rem 1rem 1rem;max-height:55vh;overflow:auto}
table{font-size:.78rem}th,td{padding:.3rem .25rem}}
@media screen and (min-width:76rem){.reading .filter{position:fixed;top:1.5rem;
left:calc(50% + 24rem);width:13rem;max-height:calc(100vh - 3rem);overflow:auto;margin:0}}
@media print{.filter,.tip{display:none!important}body{font-size:11pt}
main,main.wide{max-width:none;padding:0}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def article_page(result: ArticleScore, *, evidence: Evidence | None = None) -> str:
    """Return a self-contained page that shows one scored article.

    With `evidence` (from `Scorer.evidence`) the words that carry each frame are underlined.
    """
    return articles_page([result], evidence=[evidence or {}])


def articles_page(
    results: Sequence[ArticleScore], *, evidence: Sequence[Evidence] | None = None
) -> str:
    """Return a self-contained page that shows scored articles one below the other."""
    frames = list(results[0].provenance.thresholds) if results else []
    title = results[0].title if len(results) == 1 and results[0].title else "Framing"
    carried = [f for f in frames if any(r.frames[f].count for r in results)]
    only = "".join(f"body:has(#only-{f}:checked) .s:not(.f-{f}){{opacity:.3}}" for f in carried)
    known: Sequence[Evidence] = evidence or [{}] * len(results)
    body = "".join(
        _article(result, words, number)
        for number, (result, words) in enumerate(zip(results, known, strict=True), 1)
    )
    return whole_page(
        title,
        f"{_filter(carried, results)}{body or '<p>No articles.</p>'}",
        rules=colour_rules(frames) + only,
    )


def whole_page(title: str, body: str, *, rules: str, layout: str = "reading") -> str:
    """Return a page around a body of escaped HTML; nothing in it may run or be fetched."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escaped(title)}</title><style>{STYLE}{rules}</style></head><body>"
        f'<main class="{layout}">{body}</main></body></html>\n'
    )


def colour_rules(frames: Sequence[str]) -> str:
    """Return the CSS that gives each frame a colour: an even hue, every other one lighter.

    Neighbours in the codebook lie far apart on the wheel, and neighbours on the wheel differ in
    lightness, so that eighteen stay apart, also for most colour-blind readers.
    """
    wheel = sorted(range(len(frames)), key=lambda i: (i * 0.618034) % 1)
    rules = []
    for slot, i in enumerate(wheel):
        hue, level = round(360 * slot / len(frames)) + 20, 1 + slot % 2
        rules.append(
            f".c-{frames[i]}{{--c:oklch(var(--l{level}) .15 {hue});"
            f"--fill:oklch(var(--f{level}) .07 {hue})}}"
        )
    return "".join(rules)


def escaped(text: str) -> str:
    """Escape a text for HTML; lone surrogates, which no page can hold, become U+FFFD."""
    return escape("".join("\ufffd" if "\ud800" <= c <= "\udfff" or c == "\0" else c for c in text))


def label(frame: str) -> str:
    return escaped(frame.replace("_", " "))


def _filter(carried: Sequence[str], results: Sequence[ArticleScore]) -> str:
    if not carried:
        return ""
    chips = ['<label><input type="radio" name="only" checked>all frames</label>']
    for frame in carried:
        count = sum(result.frames[frame].count for result in results)
        chips.append(
            f'<label class="c-{frame}"><input type="radio" name="only" id="only-{frame}">'
            f"{label(frame)} {count}</label>"
        )
    return (
        '<fieldset class="filter"><legend>Show the sentences of one frame</legend>'
        f"{''.join(chips)}</fieldset>"
    )


def frame_chip(frame: str) -> str:
    """Return a frame's name on its colour."""
    return f'<span class="chip c-{frame}">{label(frame)}</span>'


def _article(result: ArticleScore, evidence: Evidence, number: int) -> str:
    p = result.provenance
    head = " · ".join(escaped(x) for x in (result.source, result.date, result.origin) if x)
    warnings = "".join(f'<p class="warning">{escaped(w)}</p>' for w in result.warnings)
    strip = "".join(
        f'<a tabindex="-1" href="#a{number}s{i}"'
        + (f' class="c-{s.frames[0]}"></a>' if s.frames else "></a>")
        for i, s in enumerate(result.sentences)
    )
    first = result.sentences[0] if result.sentences else None
    titled = first is not None and first.kind == "title"
    shown = [
        _sentence(s, before, evidence.get(i, {}), f"a{number}s{i}")
        for i, (s, before) in enumerate(
            zip(result.sentences, (None, *result.sentences), strict=False)
        )
    ]
    title = shown[0] if titled else escaped(result.title or "(no title)")
    language = f' lang="{escaped(result.language)}"' if result.language else ""
    underlined = " <b class='ev'>Underlined</b>: the words that carry it." if evidence else ""
    return (
        f"<article><h1{language} dir='auto'>{title}</h1><p class='meta'>{head}</p>{warnings}"
        f'<div class="strip" role="img" aria-label="Frames over the length of the article">{strip}'
        '</div><p class="note">Each piece of the strip is a sentence in the colour of its most '
        "probable frame; click to go there. <em>Italic</em>: quoted. Dotted line: reported."
        f"{underlined} Point at, tap or tab to a tinted sentence for details.</p>"
        f"<div{language} dir='auto'>{_paragraphs(result, shown, skip=int(titled))}</div>"
        f"{_frame_table(result)}{_speaker_table(result)}{_left_out(result)}"
        f'<p class="note">{len(result.sentences)} sentences. Model {escaped(p.model)} revision '
        f"{escaped(p.revision)}, codebook {escaped(p.codebook)}, framing "
        f"{escaped(p.library_version)}. A frame is an interpretation, not a falsehood.</p>"
        "</article>"
    )


def _paragraphs(result: ArticleScore, shown: Sequence[str], *, skip: int) -> str:
    parts: list[str] = []
    end: int | None = None
    for sentence, html in zip(result.sentences[skip:], shown[skip:], strict=True):
        gap = "" if end is None else result.text[end : sentence.start]
        if end is None or "\n" in gap or "\r" in gap:
            parts.append("</p><p>" if parts else "<p>")
        heading = sentence.kind in ("heading", "title")
        parts.append(f"<strong>{html}</strong> " if heading else html + " ")
        end = sentence.end
    return "".join(parts) + "</p>" if parts else ("" if skip else "<p>No sentences.</p>")


def _sentence(
    sentence: SentenceScore,
    before: SentenceScore | None,
    evidence: Mapping[str, Sequence[WordWeight]],
    anchor: str,
) -> str:
    classes = ["s", sentence.voice, *(f"f-{f}" for f in sentence.frames)]
    if sentence.frames:
        classes += ["on", f"c-{sentence.frames[0]}"]
    who = ""
    if sentence.speaker and (before is None or sentence.speaker != before.speaker):
        who = (
            f'<span class="who">{escaped(sentence.speaker)}'
            f'<span class="hidden"> {sentence.voice}: </span></span>'
        )
    said = sentence.voice + (f", {escaped(sentence.speaker)}" if sentence.speaker else "")
    if sentence.stance != "plain":
        said += f" ({sentence.stance})"
    opening = f'<span id="{anchor}" class="{" ".join(classes)}"'
    shown = (*sentence.frames, *(f for f in evidence if f not in sentence.frames))
    if not shown:
        return f'{opening} title="{said}">{who}{escaped(sentence.text)}</span>'
    strong = {frame: strongest(words) for frame, words in evidence.items()}
    tags = "".join(
        f'<span class="tag c-{f}">{label(f)} {sentence.scores[f]:.2f}</span>' for f in shown[:2]
    )
    if len(shown) > 2:
        tags += f'<span class="tag">+{len(shown) - 2}</span>'
    bars = "".join(
        f'<span class="bar c-{f}"><b>{label(f)}</b><i><u style="width:{sentence.scores[f]:.0%}">'
        f"</u></i>{sentence.scores[f]:.2f}</span>{_because(f, sentence, strong.get(f, ()))}"
        for f in shown
    )
    cut = "<small>The model could not read it to its end.</small>" if sentence.truncated else ""
    return (
        f'{opening} tabindex="0">{who}{_marked(sentence.text, shown, strong)}{tags}'
        f'<span class="tip" role="note">{said}{bars}{cut}</span></span>'
    )


def _because(frame: str, sentence: SentenceScore, words: Sequence[WordWeight]) -> str:
    why = "the sentence rejects it" if sentence.stance == "rejected" else "below its threshold"
    notes = [] if frame in sentence.frames else [why]
    if words:
        notes.append("words: " + ", ".join(escaped(w.word) for w in words))
    return f"<small>{'; '.join(notes)}</small>" if notes else ""


def _marked(text: str, frames: Sequence[str], strong: Mapping[str, Sequence[WordWeight]]) -> str:
    """Return the escaped text with the strongest words underlined in their frame's colour."""
    marks: dict[tuple[int, int], str] = {}
    for frame in frames:  # a word of two frames has the colour of the more probable one
        for word in strong.get(frame, ()):
            marks.setdefault((word.start, word.end), frame)
    parts, at = [], 0
    for (start, end), frame in sorted(marks.items()):
        parts += [
            escaped(text[at:start]),
            f'<b class="ev c-{frame}">{escaped(text[start:end])}</b>',
        ]
        at = end
    return "".join(parts) + escaped(text[at:])


def _frame_table(result: ArticleScore) -> str:
    rows = [
        f'<tr><td>{frame_chip(frame)}</td><td class="n">{f.count}</td>'
        + "".join(f'<td class="n">{v:.0%}</td>' for v in (f.share, f.author, f.quoted, f.reported))
        + f'<td class="n">{f.maximum:.2f}</td></tr>'
        for frame, f in sorted(result.frames.items(), key=lambda pair: -pair[1].count)
        if f.count
    ]
    if not rows:
        return "<p class='note'>No sentence reaches the threshold of any frame.</p>"
    names = ("count", "share", "author", "quoted", "reported", "highest")
    head = "".join(f'<th class="n">{name}</th>' for name in names)
    return (
        '<h2>Frames, and in whose voice</h2><div class="scroll" tabindex="0"><table>'
        f"<tr><th>frame</th>{head}</tr>{''.join(rows)}</table></div>"
    )


def _speaker_table(result: ArticleScore) -> str:
    rows = [
        f'<tr><td>{escaped(s.speaker)}</td><td class="n">{len(s.sentences)}</td><td>'
        + (", ".join(f"{label(f)} {len(n)}" for f, n in s.frames.items()) or "none")
        + "</td></tr>"
        for s in result.speakers
    ]
    if not rows:
        return ""
    return (
        '<h2>Speakers</h2><div class="scroll" tabindex="0"><table><tr><th>speaker</th>'
        f'<th class="n">sentences</th><th>frames advanced</th></tr>{"".join(rows)}</table></div>'
    )


def _left_out(result: ArticleScore) -> str:
    if not result.dropped:
        return ""
    rows = "".join(
        f"<tr><td>{escaped(d.reason)}</td>"
        f"<td>{escaped(result.text[d.start : d.end][:160])}</td></tr>"
        for d in result.dropped
    )
    return (
        f"<details><summary>Left out as page furniture: {len(result.dropped)}</summary>"
        f'<div class="scroll" tabindex="0"><table>{rows}</table></div></details>'
    )
