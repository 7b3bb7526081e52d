// Scored articles to read, one or two: tinted sentences, the one that is chosen, and its details.

import { $, call, label, make, names, voiceOf } from "./common.js";

// Each view is an article on the page: { score, id, body, strip, words, tab }.
let views = [];
let now = null; // the view and number of the sentence whose details are shown
let pinned = false; // whether a click or key chose it, rather than the pointer passing over it
let wanted = { frame: null, speaker: null }; // what is filtered for
let told = () => {};
// Whether the details stand beside the text; else they cover the foot of the window.
const beside = () => matchMedia(`(min-width: ${views.length > 1 ? 68.01 : 46.01}rem)`).matches;

// Show articles; `parts` says for each where it goes, `onFilter` hears how many sentences fit.
export function read(parts, onFilter) {
  views = parts.map((part) => ({ ...part, words: new Map(), tab: 0 }));
  wanted = { frame: null, speaker: null };
  told = onFilter;
  for (const view of views) {
    view.strip.replaceChildren(
      ...view.score.sentences.map((s, i) => {
        const piece = make("i", null, s.frames[0] && `c-${s.frames[0]}`);
        piece.addEventListener("click", () => choose(view, i, true));
        return piece;
      }),
    );
    write(view);
  }
  now = null;
  leave();
  filter();
}

const spanOf = (view, i) => $(`${view.id}${i}`);

function write(view) {
  const { score, title } = view;
  const text = Array.from(score.text); // offsets count code points, JavaScript's UTF-16 units
  const paragraphs = [];
  title.textContent = score.title ?? "Without a title";
  let end = null;
  let before = null;
  score.sentences.forEach((s, i) => {
    const gap = end === null ? "\n" : text.slice(end, s.start).join("");
    if (/[\n\r]/.test(gap)) {
      paragraphs.push(make("p", null, /title|heading/.test(s.kind) && "heading"));
    }
    const heads = i === 0 && s.kind === "title"; // the title stands in the heading, not twice
    end = heads ? null : s.end;
    const span = make("span", null, "s", s.voice, s.frames.length && "on");
    if (s.frames.length) span.classList.add(`c-${s.frames[0]}`);
    span.id = `${view.id}${i}`;
    span.tabIndex = i ? -1 : 0;
    if (s.speaker && s.speaker !== before) span.append(make("span", s.speaker, "who"));
    before = s.speaker;
    span.append(s.text);
    span.addEventListener("pointerenter", (e) => {
      if (e.pointerType === "mouse" && !pinned && beside()) choose(view, i, false);
    });
    span.addEventListener("click", () => choose(view, i, true));
    span.addEventListener("focus", () => choose(view, i, true));
    if (heads) {
      paragraphs.pop();
      title.replaceChildren(span);
    } else {
      paragraphs.at(-1).append(span, " ");
    }
  });
  view.body.lang = score.language ?? "";
  view.body.replaceChildren(
    ...(paragraphs.length ? paragraphs : [make("p", "No sentence was found in this text.")]),
  );
}

// `speaker` has a name for each article, null where the speaker is not heard in it.
export function want(change) {
  wanted = { ...wanted, ...change };
  filter();
}

const fits = (view, s) =>
  (wanted.frame === null || s.frames.includes(wanted.frame)) &&
  (wanted.speaker === null || voiceOf(s) === wanted.speaker[views.indexOf(view)]);

function filter() {
  let found = 0;
  let all = 0;
  for (const view of views) {
    view.score.sentences.forEach((s, i) => {
      const yes = fits(view, s);
      all += 1;
      found += yes;
      spanOf(view, i).classList.toggle("off", !yes);
      view.strip.children[i].classList.toggle("off", !yes);
    });
  }
  const open = wanted.frame === null && wanted.speaker === null;
  told(open ? "" : `${found} of ${all} sentences fit.`, wanted);
}

export function choose(view, i, byHand) {
  if (typeof view === "number") view = views[view];
  if (byHand) pinned = true;
  if (now && now.view === view && now.i === i) {
    if (byHand) weigh(view, i);
    return;
  }
  mark(false);
  now = { view, i };
  mark(true);
  spanOf(view, view.tab).tabIndex = -1;
  view.tab = i;
  const span = spanOf(view, i);
  span.tabIndex = 0;
  showDetails();
  if (byHand) {
    span.scrollIntoView({ block: "nearest" });
    span.focus({ preventScroll: true });
    weigh(view, i);
  }
}

function mark(on) {
  if (!now) return;
  spanOf(now.view, now.i)?.classList.toggle("now", on);
  now.view.strip.children[now.i]?.classList.toggle("now", on);
}

export function leave() {
  pinned = false;
  mark(false);
  now = null;
  $("details").replaceChildren(
    make("p", "Point at a sentence for its frames and speaker; click it to keep them here.", "hint"),
  );
}

function showDetails() {
  const { score, words } = now.view;
  const s = score.sentences[now.i];
  const said = s.voice === "author" ? "In the article's own voice" : `${s.voice}: ${voiceOf(s)}`;
  const heading = make("h3", said[0].toUpperCase() + said.slice(1));
  if (s.stance !== "plain") heading.append(` (${s.stance})`);
  const close = make("button", "Close");
  close.id = "close";
  close.type = "button";
  close.addEventListener("click", () => {
    const span = now && spanOf(now.view, now.i);
    leave();
    span?.focus({ preventScroll: true });
    leave(); // focus chose it again
  });
  const parts = [heading, close];
  const limits = score.provenance.thresholds;
  const rest = Object.keys(s.scores)
    .filter((f) => !s.frames.includes(f))
    .sort((a, b) => s.scores[b] / limits[b] - s.scores[a] / limits[a]);
  if (!s.frames.length) {
    const near = rest.map((id) => `${label(id)} ${s.scores[id].toFixed(2)} of ${limits[id].toFixed(2)}`);
    parts.push(make("p", "Carries no frame."), make("p", `Nearest: ${near[0]}.`, "note"));
  }
  for (const id of s.frames) {
    const box = make("div", null, "frame", `c-${id}`);
    const line = make("div", label(id), "line");
    line.append(make("span", s.scores[id].toFixed(2)));
    const bar = make("div", null, "bar");
    const fill = make("i");
    fill.style.width = `${Math.round(s.scores[id] * 100)}%`;
    const limit = make("u");
    limit.style.left = `${Math.round(limits[id] * 100)}%`;
    bar.append(fill, limit);
    box.append(line, bar);
    const strong = strongest(words.get(now.i)?.[id] ?? []);
    if (strong.length) box.append(make("p", `Words: ${strong.map((w) => w.word).join(", ")}`));
    if (names[id]) box.append(make("p", `The sentence ${names[id].definition}.`));
    box.append(make("p", `Counts from ${limits[id].toFixed(2)}.`));
    parts.push(box);
  }
  if (s.truncated) parts.push(make("p", "The model could not read it to its end.", "warning"));
  $("details").replaceChildren(...parts);
}

const strongest = (list) => {
  const ranked = [...list].sort((a, b) => b.weight - a.weight).slice(0, 3);
  return ranked.filter((w) => w.weight > 0 && w.weight >= ranked[0].weight / 4);
};

// Asks for the words of one sentence, when a reader stays with it.
async function weigh(view, i) {
  const s = view.score.sentences[i];
  if (!s.frames.length || view.words.has(i)) return;
  view.words.set(i, {});
  try {
    const answer = await (await call("v1/score", { text: s.text, explain: true })).json();
    if (!views.includes(view)) return;
    const found = {};
    for (const part of answer.sentences) {
      for (const [id, list] of Object.entries(part.evidence)) (found[id] ??= []).push(...list);
    }
    view.words.set(i, found);
    underline(view, i, found);
    if (now && now.view === view && now.i === i) showDetails();
  } catch {
    view.words.delete(i); // the details stand without the words; the next visit asks again
  }
}

function underline(view, i, found) {
  const s = view.score.sentences[i];
  const marks = new Map();
  for (const id of s.frames) {
    for (const w of strongest(found[id] ?? [])) if (!marks.has(w.start)) marks.set(w.start, [w, id]);
  }
  const text = Array.from(s.text);
  const parts = [];
  let at = 0;
  for (const [w, id] of [...marks.values()].sort((a, b) => a[0].start - b[0].start)) {
    parts.push(text.slice(at, w.start).join(""));
    parts.push(make("b", text.slice(w.start, w.end).join(""), `c-${id}`));
    at = w.end;
  }
  parts.push(text.slice(at).join(""));
  const span = spanOf(view, i);
  const who = span.querySelector(".who");
  span.replaceChildren(...(who ? [who] : []), ...parts);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") leave();
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.classList.contains("s")) return;
  event.preventDefault();
  const view = now?.view ?? views.find((v) => event.target.id.startsWith(v.id));
  const { sentences } = view.score;
  let i = (now?.i ?? view.tab) + step;
  while (sentences[i] && !fits(view, sentences[i])) i += step;
  if (sentences[i]) choose(view, i, true);
});
