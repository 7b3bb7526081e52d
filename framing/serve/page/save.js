// Exports: what is on the page as CSV, JSON or a page of its own.

import { call, make, say } from "./common.js";

// A cell that a spreadsheet would take for a formula is kept from being one.
const cell = (value) => {
  const text = String(value ?? "");
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

// One row a sentence; with two articles each row begins with its article's letter.
function csv(scores) {
  const ids = Object.keys(scores[0].provenance.thresholds);
  const two = scores.length > 1;
  const head = ["sentence", "start", "end", "voice", "speaker", "stance", "frames", "truncated", "text"];
  const rows = scores.flatMap((score, k) =>
    score.sentences.map((s, i) => [
      ...(two ? ["AB"[k]] : []),
      i, s.start, s.end, s.voice, s.speaker, s.stance, s.frames.join(" "), s.truncated, s.text,
      ...ids.map((id) => s.scores[id].toFixed(4)),
    ]),
  );
  return [[...(two ? ["article"] : []), ...head, ...ids], ...rows]
    .map((row) => row.map(cell).join(",") + "\r\n")
    .join("");
}

export async function save(kind, { path, sent, answer, scores }) {
  const types = { csv: "text/csv", json: "application/json", html: "text/html" };
  try {
    let content;
    if (kind === "csv") content = csv(scores);
    else if (kind === "json") content = JSON.stringify(answer, null, 1);
    else content = await (await call(path, sent, { accept: "text/html" })).text();
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([content], { type: `${types[kind]};charset=utf-8` }));
    link.download = `framing.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (error) {
    say(error.message, true);
  }
}
