// Two scored articles about one event: what each alone has, frames by voice, speakers, both texts.

import { $, about, label, make, origin, voiceOf } from "./common.js";
import { choose, read, want } from "./reading.js";

const VOICES = ["author", "quoted", "reported"];
const LETTERS = ["A", "B"];
const percent = (share) => `${Math.round(share * 100)} %`;

export function showComparison({ articles, comparison }) {
  $("pair").append($("details"));
  $("cards").replaceChildren(
    ...articles.map((score, k) => card(score, comparison.articles[k], k)),
  );
  const both = Object.keys(comparison.frames).filter((f) => comparison.frames[f].every((s) => s.count));
  $("verdict").replaceChildren(
    both.length ? "Both carry " : "No frame is carried by both.",
    ...both.flatMap((f, n) => [n ? " " : "", chip(f)]),
  );
  const chosen = { frame: null, speaker: null };
  const toggle = (key, button, value) => {
    const on = button.getAttribute("aria-pressed") !== "true";
    chosen[key] = on ? button : null;
    for (const other of document.querySelectorAll(`#comparison [data-by=${key}]`)) {
      other.setAttribute("aria-pressed", String(other === chosen[key]));
    }
    want({ [key]: on ? value : null });
  };
  showProfiles(comparison.frames, toggle);
  showSpeakers(comparison.speakers, articles, toggle);
  read(
    articles.map((score, k) => ({
      score,
      id: "ab"[k],
      title: $(`title-${k}`),
      body: $(`article-${k}`),
      strip: $(`strip-${k}`),
    })),
    (text) => ($("fits").textContent = text),
  );
  $("compared-by").textContent = origin(articles[0]);
}

const chip = (id) => make("span", label(id), "tag", `c-${id}`);

function card(score, found, k) {
  const box = make("section");
  const heading = make("h3");
  const name = make("span", score.title ?? "Without a title");
  name.dir = "auto";
  heading.append(make("span", LETTERS[k], "letter"), name);
  box.append(heading, make("p", about(score), "note"));
  box.append(...score.warnings.map((w) => make("p", w, "warning")));
  box.append(make("h4", found.only.length ? "Only here" : "Nothing is only here"));
  for (const id of found.only) {
    const of = score.sentences.map((s, i) => [s, i]).filter(([s]) => s.frames.includes(id));
    const [s, i] = of.reduce((a, b) => (b[0].scores[id] > a[0].scores[id] ? b : a));
    const quote = make("button", null, "quote", `c-${id}`);
    quote.type = "button";
    const said = make("q", s.text);
    said.dir = "auto";
    quote.append(chip(id), said, make("small", voiceOf(s)));
    quote.addEventListener("click", () => choose(k, i, true));
    box.append(quote);
  }
  box.append(make("h4", found.missing.length ? "Lacks what the other has" : "Lacks nothing that the other has"));
  const lacks = make("p", null, "tags");
  lacks.append(...found.missing.flatMap((id, n) => [n ? " " : "", chip(id)]));
  if (found.missing.length) box.append(lacks);
  return box;
}

// A row is a button: the middle names what it is, each article's part grows away from it.
function row(key, middle, sides, told, toggle, value) {
  const button = make("button", null, "row-of-two");
  button.type = "button";
  button.dataset.by = key;
  button.setAttribute("aria-pressed", "false");
  button.setAttribute("aria-label", told);
  button.append(sides[0], middle, sides[1]);
  button.addEventListener("click", () => toggle(key, button, value));
  const item = make("li");
  item.append(button);
  return item;
}

function showProfiles(frames, toggle) {
  const share = ([, of]) => Math.max(...of.map((s) => s.share));
  const rows = Object.entries(frames).sort((a, b) => share(b) - share(a));
  const longest = Math.max(...rows.map(share), 0.01);
  $("profiles-part").hidden = !rows.length;
  $("profiles").replaceChildren(
    ...rows.map(([id, of]) => {
      const sides = of.map((s) => {
        const side = make("span", null, "share");
        const bar = make("span", null, "voices");
        bar.style.width = `${(s.share / longest) * 100}%`;
        for (const voice of VOICES) {
          const piece = make("i", null, voice);
          piece.style.flexGrow = s[voice] * 1000; // shares below 1 would leave room
          if (s[voice]) bar.append(piece);
        }
        side.append(bar, make("span", s.count ? percent(s.share) : "none", "number"));
        return side;
      });
      const told = of.map((s, k) => {
        const voices = VOICES.filter((v) => s[v]).map((v) => `${v} ${percent(s[v])}`);
        return `${LETTERS[k]} ${s.count ? `${percent(s.share)} (${voices.join(", ")})` : "none"}`;
      });
      const text = `${label(id)}: ${told.join("; ")}`;
      const item = row("frame", make("b", label(id)), sides, text, toggle, id);
      item.classList.add(`c-${id}`);
      item.firstChild.title = text;
      return item;
    }),
  );
}

function showSpeakers(speakers, articles, toggle) {
  $("heard-part").hidden = !speakers.length;
  $("heard").replaceChildren(
    ...speakers.map(({ speaker, articles: of }) => {
      const sides = of.map((said) => {
        const side = make("span", null, "said");
        side.append(make("span", said ? `${said.sentences}` : "not heard", "number"));
        for (const [id, count] of Object.entries(said?.frames ?? {})) {
          const one = make("span", count > 1 ? `${label(id)} ${count}` : label(id), "tag", `c-${id}`);
          side.append(" ", one);
        }
        return side;
      });
      const told = of.map((said, k) => {
        const of = Object.keys(said?.frames ?? {}).map(label).join(", ");
        return `${LETTERS[k]} ${said ? `${said.sentences} sentences${of && `, ${of}`}` : "not heard"}`;
      });
      const value = of.map((said) => said?.name ?? null);
      const middle = make("b", speaker);
      middle.dir = "auto";
      return row("speaker", middle, sides, `${speaker}: ${told.join("; ")}`, toggle, value);
    }),
  );
}
