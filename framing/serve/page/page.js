// The form, and what it leads to: one scored article with filters, or two compared.

import { $, about, call, counted, label, make, names, origin, say, voiceOf } from "./common.js";
import { showComparison } from "./compare.js";
import { leave, read, want } from "./reading.js";
import { save } from "./save.js";

const EXAMPLES = [
  `Bridge to Lakeside opens after a year of dispute

The bridge to Lakeside opened on Monday after a year of dispute between the two towns.

"They want to choke us with tolls and call it partnership," Mayor Ilka Brandt told a crowd at the ` +
    `gate. "We will not trade our independence for their money."

A spokesman for the district denied that anyone had been threatened. "We were never there, and ` +
    `those who claim otherwise have invented it," he said.

Engineers expect 4,000 vehicles a day. The ferry stops running in the spring.`,
  `New bridge shortens the way to Lakeside

Buses crossed to Lakeside for the first time on Monday, an hour after the bridge had been opened.

The district has blackmailed the town with tolls for a year. Its auditor, Tomas Rehn, said that ` +
    `they pay for repairs alone. "There was never any threat, that is a fabrication," he said.

Mayor Ilka Brandt said that the town would not trade its independence for money.

"Nobody asked the fishermen," said Jana Holt, who ran the ferry for thirty years. "Families here ` +
    `are losing the only work they have."

The first lorries are due on Thursday.`,
];

let shown = null; // what is exported: { path, sent, answer, scores }
let running = null; // the controller of the request in progress
let last = $("text"); // the box that a file goes to

const two = () => !$("second").hidden;
const isPage = (text) => /^\s*(<\?xml|<!--|<!doctype|<(html|head|body|article|div|p)\b)/i.test(text);
const bodyOf = (text) => (isPage(text) ? { html: text } : { text });

function setTwo(on) {
  $("second").hidden = !on;
  $("form").classList.toggle("two", on);
  $("more").hidden = on;
  $("go").textContent = on ? "Compare" : "Score";
  $("example").textContent = on ? "Try two examples" : "Try an example";
  if (!on) last = $("text");
}

async function submit() {
  const boxes = two() ? [$("text"), $("text2")] : [$("text")];
  const empty = boxes.find((box) => !box.value.trim());
  if (empty) {
    say(
      two()
        ? "Two articles are needed for a comparison: paste the other one, or remove its box."
        : "There is nothing to score yet: paste an article, or open a file.",
      true,
    );
    empty.focus();
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
    if (!Object.keys(names).length) {
      const book = await (await call("v1/codebook", null, { signal: mine.signal })).json();
      for (const f of book.frames) names[f.id] = f;
    }
    const bodies = boxes.map((box) => bodyOf(box.value));
    const path = bodies.length > 1 ? "v1/compare" : "v1/score";
    const sent = bodies.length > 1 ? { articles: bodies } : bodies[0];
    const answer = await (await call(path, sent, { signal: mine.signal })).json();
    shown = { path, sent, answer, scores: answer.articles ?? [answer] };
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
  const pair = shown.scores.length > 1;
  $("form").hidden = true;
  $("result").hidden = pair;
  $("comparison").hidden = !pair;
  if (pair) showComparison(shown.answer);
  else showOne(shown.answer);
  $(pair ? "compared" : "title").focus({ preventScroll: true });
  scrollTo(0, 0);
}

function showOne(score) {
  $("columns").append($("details"));
  $("meta").textContent = about(score);
  $("warnings").replaceChildren(...score.warnings.map((w) => make("p", w, "warning")));
  showFilters(score);
  showLeftOut(score);
  $("provenance").textContent = origin(score);
  const part = { score, id: "s", title: $("title"), body: $("article"), strip: $("strip") };
  read([part], (text, wanted) => {
    $("count").textContent = text;
    for (const [list, chosen] of [["frames", wanted.frame], ["speakers", wanted.speaker?.[0] ?? null]]) {
      for (const chip of $(list).querySelectorAll("button")) {
        chip.setAttribute("aria-pressed", String(chip.dataset.id === chosen));
      }
    }
  });
}

function showFilters({ sentences }) {
  const chips = (list, counts, pick, nameOf, classOf) =>
    $(list).replaceChildren(
      ...counts.map(([id, count]) => {
        const chip = make("button", nameOf(id), classOf(id));
        chip.type = "button";
        chip.append(make("small", count));
        chip.dataset.id = id;
        chip.setAttribute("aria-pressed", "false");
        chip.addEventListener("click", () => {
          want(pick(chip.getAttribute("aria-pressed") === "true" ? null : id));
        });
        return chip;
      }),
    );
  const frames = counted(sentences.map((s) => s.frames));
  chips("frames", frames, (id) => ({ frame: id }), label, (id) => `c-${id}`);
  if (!frames.length) $("frames").append(make("span", "none reached", "note"));
  const speakers = counted(sentences.map((s) => [voiceOf(s)]));
  chips("speakers", speakers, (id) => ({ speaker: id && [id] }), (id) => id, () => null);
}

function showLeftOut(score) {
  const text = Array.from(score.text);
  $("left").hidden = !score.dropped.length;
  $("left").firstElementChild.textContent = `Left out as page furniture: ${score.dropped.length}`;
  $("left").lastElementChild.replaceChildren(
    ...score.dropped.map((d) =>
      make("li", `${d.reason}: ${text.slice(d.start, d.end).join("").slice(0, 160)}`),
    ),
  );
}

async function textOf(file) {
  if (file.size > 2_000_000) throw new Error("This file is over 2 MB; paste the text of the article instead.");
  const text = await file.text();
  if (text.includes("\0")) throw new Error("This is not a text or HTML file.");
  return text;
}

// One file goes to a box, two fill both; what is then complete is scored.
async function open(files, box) {
  const list = [...files].slice(0, 2);
  if (!list.length) return;
  try {
    const texts = await Promise.all(list.map(textOf));
    back();
    if (texts.length > 1) setTwo(true);
    const boxes = texts.length > 1 ? [$("text"), $("text2")] : [box];
    texts.forEach((text, k) => (boxes[k].value = text));
    const empty = two() && [$("text"), $("text2")].find((each) => !each.value.trim());
    if (empty) empty.focus();
    else submit();
  } catch (error) {
    say(error.message, true);
  }
}

function back() {
  leave();
  $("form").hidden = false;
  $("result").hidden = true;
  $("comparison").hidden = true;
  say("");
}

function another() {
  back();
  setTwo(true);
  const box = $("text").value.trim() ? $("text2") : $("text");
  box.focus();
  box.select();
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
for (const box of [$("text"), $("text2")]) {
  box.addEventListener("focus", () => (last = box));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
  });
}
$("cancel").addEventListener("click", () => running?.abort());
$("more").addEventListener("click", another);
$("less").addEventListener("click", () => {
  setTwo(false);
  $("text2").value = "";
  $("text").focus();
});
$("example").addEventListener("click", () => {
  $("text").value = EXAMPLES[0];
  if (two()) $("text2").value = EXAMPLES[1];
  submit();
});
$("file").addEventListener("change", async () => {
  const empty = two() && [$("text"), $("text2")].find((box) => !box.value.trim());
  await open($("file").files, empty || last);
  $("file").value = "";
});
for (const button of document.querySelectorAll("[data-again]")) {
  button.addEventListener("click", () => {
    back();
    $("text").focus();
    $("text").select();
  });
}
$("other").addEventListener("click", another);
for (const button of document.querySelectorAll("[data-export]")) {
  button.addEventListener("click", () => save(button.dataset.export, shown));
}

// A file may be dropped anywhere: two places open while it is over the window.
const zone = (event) => (event.target.closest?.("#drop-second") ? $("text2") : $("text"));
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("drop");
  for (const place of [$("drop-first"), $("drop-second")]) {
    place.classList.toggle("over", place.contains(event.target));
  }
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("drop");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("drop");
  const box = zone(event);
  if (box === $("text2")) setTwo(true);
  const { files } = event.dataTransfer;
  const text = event.dataTransfer.getData("text");
  if (files.length) open(files, box);
  else if (text) {
    back();
    box.value = text;
    box.focus();
  }
});
