// What every part of the page uses. Text from an article is only ever set as text, never as HTML.

export const $ = (id) => document.getElementById(id);

export function make(tag, text, ...classes) {
  const node = document.createElement(tag);
  if (text !== undefined && text !== null) node.textContent = text;
  node.classList.add(...classes.filter(Boolean));
  return node;
}

export const names = {}; // frame id -> frame of the codebook
export const label = (id) => names[id]?.name ?? id.replaceAll("_", " ");

export function say(text, error = false) {
  $("status").textContent = text;
  $("status").classList.toggle("error", error);
}

export async function call(path, body, { accept = "application/json", signal } = {}) {
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

export const AUTHOR = "the article itself";
export const voiceOf = (s) => s.speaker ?? (s.voice === "author" ? AUTHOR : "not named");

export function counted(lists) {
  const found = new Map();
  for (const id of lists.flat()) found.set(id, (found.get(id) ?? 0) + 1);
  return [...found].sort((a, b) => b[1] - a[1]);
}

export const about = (score) =>
  [
    score.source,
    score.date,
    score.language,
    `${score.sentences.length} sentences, ${score.sentences.filter((s) => s.frames.length).length} with a frame`,
  ]
    .filter(Boolean)
    .join(" · ");

export const origin = ({ provenance: p }) =>
  `Model ${p.model} revision ${p.revision}, codebook ${p.codebook}, framing ${p.library_version}. ` +
  "A frame is an interpretation, not a falsehood.";
