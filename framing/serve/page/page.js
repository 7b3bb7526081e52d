// The page of the service. Everything that comes from an article is set as text, never as HTML.

const $ = (id) => document.getElementById(id);
const EXAMPLE = `Bridge to Lakeside opens after a year of dispute

The bridge to Lakeside opened on Monday after a year of dispute between the two towns.

"They want to choke us with tolls and call it partnership," Mayor Ilka Brandt told a crowd at the ` +
  `gate. "We will not trade our independence for their money."

A spokesman for the district denied that anyone had been threatened. "We were never there, and ` +
  `those who claim otherwise have invented it," he said.

Engineers expect 4,000 vehicles a day. The ferry stops running in the spring.`;

let score = null; // the answer that is shown
let sent = null; // the body that it answers
let names = {}; // frame id -> frame of the codebook
let frame = null; // what is filtered for
let speaker = null;
let now = -1; // the sentence whose details are shown
let pinned = false; // whether a click or key chose it, rather than the pointer passing over it
let running = null; // the controller of the request in progress
const beside = matchMedia("(min-width: 46.01rem)"); // else details cover the foot of the window
const words = new Map(); // sentence number -> its words by frame

function make(tag, text, ...classes) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  node.classList.add(...classes.filter(Boolean));
  return node;
}

const label = (id) => names[id]?.name ?? id.replaceAll("_", " ");

function say(text, error = false) {
  $("status").textContent = text;
  $("status").classList.toggle("error", error);
}

async function call(path, body, { accept = "application/json", signal } = {}) {
  const headers = { Accept: accept };
  if (body) headers["Content-Type"] = "application/json";
  if ($("key").value) headers.Authorization = `Bearer ${$("key").value}`;
  let answer;
  try {
    answer = await fetch(path, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server cannot be reached. Is it still running?");
  }
  if (answer.ok) return answer;
  let problem = {};
  try {
    problem = await answer.json();
  } catch {
    // an answer of something between us and the service
  }
  if (answer.status === 401) {
    $("key-line").hidden = false;
    $("key").focus();
    throw new Error($("key").value ? "This key is not known." : "This server asks for an API key.");
  }
  const wait = answer.headers.get("Retry-After");
  const detail = problem.detail ?? `The server answered ${answer.status}.`;
  throw new Error(wait ? `${detail}. Try again in ${wait} s.` : `${detail}.`);
}

const isPage = (text) => /^\s*(<\?xml|<!--|<!doctype|<(html|head|body|article|div|p)\b)/i.test(text);

async function submit() {
  const text = $("text").value;
  if (!text.trim()) {
    say("There is nothing to score yet: paste an article, or open a file.", true);
    $("text").focus();
    return;
  }
  running?.abort();
  const mine = (running = new AbortController());
  const began = Date.now();
  const clock = setInterval(
    () => say(`Scoring … ${Math.round((Date.now() - began) / 1000)} s`),
    1000,
  );
  say("Scoring …");
  $("go").disabled = true;
  $("cancel").hidden = false;
  try {
    const body = isPage(text) ? { html: text } : { text };
    if (!Object.keys(names).length) {
      const book = await (await call("v1/codebook", null, { signal: mine.signal })).json();
      names = Object.fromEntries(book.frames.map((f) => [f.id, f]));
    }
    const answer = await call("v1/score", body, { signal: mine.signal });
    score = await answer.json();
    sent = body;
    say("");
    show();
  } catch (error) {
    say(error.name === "AbortError" ? "Cancelled." : error.message, error.name !== "AbortError");
  } finally {
    clearInterval(clock);
    $("go").disabled = false;
    $("cancel").hidden = true;
  }
}

function show() {
  frame = speaker = null;
  now = -1;
  pinned = false;
  words.clear();
  const { sentences } = score;
  $("form").hidden = true;
  $("result").hidden = false;
  const carrying = sentences.filter((s) => s.frames.length).length;
  $("meta").textContent = [
    score.source,
    score.date,
    score.language,
    `${sentences.length} sentences, ${carrying} with a frame`,
  ]
    .filter(Boolean)
    .join(" · ");
  $("warnings").replaceChildren(...score.warnings.map((w) => make("p", w, "warning")));
  $("strip").replaceChildren(
    ...sentences.map((s, i) => {
      const piece = make("i", null, s.frames[0] && `c-${s.frames[0]}`);
      piece.addEventListener("click", () => choose(i, true));
      return piece;
    }),
  );
  showArticle();
  showFilters();
  showLeftOut();
  const p = score.provenance;
  $("provenance").textContent =
    `Model ${p.model} revision ${p.revision}, codebook ${p.codebook}, framing ${p.library_version}. ` +
    "A frame is an interpretation, not a falsehood.";
  filter();
  leave();
  $("title").focus();
}

function showArticle() {
  const text = Array.from(score.text); // offsets count code points, JavaScript's UTF-16 units
  const paragraphs = [];
  $("title").textContent = score.title ?? "Without a title";
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
    span.id = `s${i}`;
    span.tabIndex = i ? -1 : 0;
    if (s.speaker && s.speaker !== before) span.append(make("span", s.speaker, "who"));
    before = s.speaker;
    span.append(s.text);
    span.addEventListener("pointerenter", (e) => {
      if (e.pointerType === "mouse" && !pinned && beside.matches) choose(i, false);
    });
    span.addEventListener("click", () => choose(i, true));
    span.addEventListener("focus", () => choose(i, true));
    if (heads) {
      paragraphs.pop();
      $("title").replaceChildren(span);
    } else {
      paragraphs.at(-1).append(span, " ");
    }
  });
  $("article").lang = score.language ?? "";
  $("article").replaceChildren(
    ...(paragraphs.length ? paragraphs : [make("p", "No sentence was found in this text.")]),
  );
}

const AUTHOR = "the article itself";
const voiceOf = (s) => s.speaker ?? (s.voice === "author" ? AUTHOR : "not named");

function showFilters() {
  const chips = (counts, pick, nameOf, classOf) =>
    [...counts].map(([id, count]) => {
      const chip = make("button", nameOf(id), classOf(id));
      chip.type = "button";
      chip.append(make("small", count));
      chip.dataset.id = id;
      chip.setAttribute("aria-pressed", "false");
      chip.addEventListener("click", () => {
        pick(chip.getAttribute("aria-pressed") === "true" ? null : id);
        filter();
      });
      return chip;
    });
  const count = (lists) => {
    const found = new Map();
    for (const id of lists.flat()) found.set(id, (found.get(id) ?? 0) + 1);
    return [...found].sort((a, b) => b[1] - a[1]);
  };
  $("frames").replaceChildren(
    ...chips(
      count(score.sentences.map((s) => s.frames)),
      (id) => (frame = id),
      label,
      (id) => `c-${id}`,
    ),
  );
  if (!$("frames").children.length) $("frames").append(make("span", "none reached", "note"));
  $("speakers").replaceChildren(
    ...chips(
      count(score.sentences.map((s) => [voiceOf(s)])),
      (id) => (speaker = id),
      (id) => id,
      () => null,
    ),
  );
}

const matches = (s) =>
  (frame === null || s.frames.includes(frame)) && (speaker === null || voiceOf(s) === speaker);

function filter() {
  let found = 0;
  score.sentences.forEach((s, i) => {
    const fits = matches(s);
    found += fits;
    $(`s${i}`).classList.toggle("off", !fits);
    $("strip").children[i].classList.toggle("off", !fits);
  });
  for (const [list, chosen] of [["frames", frame], ["speakers", speaker]]) {
    for (const chip of $(list).querySelectorAll("button")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.id === chosen));
    }
  }
  $("count").textContent =
    frame === null && speaker === null
      ? ""
      : `${found} of ${score.sentences.length} sentences fit.`;
}

function choose(i, byHand) {
  if (byHand) pinned = true;
  if (i === now) {
    if (byHand) weigh(i);
    return;
  }
  for (const [number, on] of [[now, false], [i, true]]) {
    const span = $(`s${number}`);
    if (!span) continue;
    span.classList.toggle("now", on);
    span.tabIndex = on ? 0 : -1;
    $("strip").children[number].classList.toggle("now", on);
  }
  now = i;
  if (byHand) {
    $(`s${i}`).scrollIntoView({ block: "nearest" });
    $(`s${i}`).focus({ preventScroll: true });
    weigh(i);
  }
  showDetails();
}

function leave() {
  pinned = false;
  const span = $(`s${now}`);
  if (span) {
    span.classList.remove("now");
    $("strip").children[now].classList.remove("now");
  }
  now = -1;
  $("details").replaceChildren(
    make("p", "Point at a sentence for its frames and speaker; click it to keep them here.", "hint"),
  );
}

function showDetails() {
  const s = score.sentences[now];
  const said = s.voice === "author" ? "In the article's own voice" : `${s.voice}: ${voiceOf(s)}`;
  const heading = make("h3", said[0].toUpperCase() + said.slice(1));
  if (s.stance !== "plain") heading.append(` (${s.stance})`);
  const close = make("button", "Close");
  close.id = "close";
  close.type = "button";
  close.addEventListener("click", leave);
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
    bar.append(fill);
    box.append(line, bar);
    const strong = strongest(words.get(now)?.[id] ?? []);
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
async function weigh(i) {
  const s = score.sentences[i];
  if (!s.frames.length || words.has(i)) return;
  words.set(i, {});
  const asked = score;
  try {
    const answer = await (await call("v1/score", { text: s.text, explain: true })).json();
    if (score !== asked) return;
    const found = {};
    for (const part of answer.sentences) {
      for (const [id, list] of Object.entries(part.evidence)) (found[id] ??= []).push(...list);
    }
    words.set(i, found);
    underline(i, found);
    if (now === i) showDetails();
  } catch {
    words.delete(i); // the details stand without the words; the next visit asks again
  }
}

function underline(i, found) {
  const s = score.sentences[i];
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
  const who = $(`s${i}`).querySelector(".who");
  $(`s${i}`).replaceChildren(...(who ? [who] : []), ...parts);
}

function showLeftOut() {
  const text = Array.from(score.text);
  $("left").hidden = !score.dropped.length;
  $("left").firstElementChild.textContent = `Left out as page furniture: ${score.dropped.length}`;
  $("left").lastElementChild.replaceChildren(
    ...score.dropped.map((d) =>
      make("li", `${d.reason}: ${text.slice(d.start, d.end).join("").slice(0, 160)}`),
    ),
  );
}

// A cell that a spreadsheet would take for a formula is kept from being one.
const cell = (value) => {
  const text = String(value ?? "");
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

function csv() {
  const ids = Object.keys(score.provenance.thresholds);
  const rows = score.sentences.map((s, i) => [
    i, s.start, s.end, s.voice, s.speaker, s.stance, s.frames.join(" "), s.truncated, s.text,
    ...ids.map((id) => s.scores[id].toFixed(4)),
  ]);
  const head = ["sentence", "start", "end", "voice", "speaker", "stance", "frames", "truncated", "text"];
  return [[...head, ...ids], ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");
}

async function save(kind) {
  const types = { csv: "text/csv", json: "application/json", html: "text/html" };
  try {
    let content;
    if (kind === "csv") content = csv();
    else if (kind === "json") content = JSON.stringify(score, null, 1);
    else content = await (await call("v1/score", sent, { accept: "text/html" })).text();
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([content], { type: `${types[kind]};charset=utf-8` }));
    link.download = `framing.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (error) {
    say(error.message, true);
  }
}

async function open(file) {
  if (!file) return;
  if (file.size > 2_000_000) {
    say("This file is over 2 MB; paste the text of the article instead.", true);
    return;
  }
  const text = await file.text();
  if (text.includes("\0")) {
    say("This is not a text or HTML file.", true);
    return;
  }
  back();
  $("text").value = text;
  submit();
}

function back() {
  leave();
  $("form").hidden = false;
  $("result").hidden = true;
  say("");
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
});
$("cancel").addEventListener("click", () => running?.abort());
$("example").addEventListener("click", () => {
  $("text").value = EXAMPLE;
  submit();
});
$("file").addEventListener("change", () => {
  open($("file").files[0]);
  $("file").value = "";
});
$("again").addEventListener("click", () => {
  back();
  $("text").focus();
  $("text").select();
});
for (const button of document.querySelectorAll("[data-export]")) {
  button.addEventListener("click", () => save(button.dataset.export));
}
$("result").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.classList.contains("s")) return;
  event.preventDefault();
  let i = now + step;
  while (score.sentences[i] && !matches(score.sentences[i])) i += step;
  if (score.sentences[i]) choose(i, true);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && score) leave();
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("drop");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("drop");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("drop");
  const [file] = event.dataTransfer.files;
  if (file) open(file);
  else if (event.dataTransfer.getData("text")) $("text").value = event.dataTransfer.getData("text");
});
