"""The real Label Studio takes our files, and gives back what people do there.

Set FRAMING_LABEL_STUDIO to the `label-studio` of an environment of its own; else it is looked for
on the path.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from test_exchange import generated, in_order

from framing.codebook import Codebook
from framing.data import Record, digest, read_labelstudio, write_labelstudio
from framing.data.exchange.labelstudio import project_configuration

pytestmark = pytest.mark.slow
CODEBOOK = Codebook.load("influence-1")
ACCOUNT = "annotator@example.org"


@dataclass(frozen=True)
class Server:
    """A running Label Studio and the token of its account."""

    url: str
    token: str

    def call(self, path: str, body: object = None, *, timeout: float = 300) -> Any:
        request = urllib.request.Request(
            f"{self.url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Token {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code}: {error.read()[:2000]!r}") from None

    def accounts(self) -> dict[int, str]:
        """Return the e-mail address of each account by its number."""
        return {user["id"]: user["email"] for user in self.call("/api/users")}

    def project(self, *, articles: bool = False) -> int:
        """Make a project with our labelling configuration."""
        config = project_configuration(CODEBOOK, articles=articles)
        return self.call("/api/projects", {"title": "framing", "label_config": config})["id"]

    def take(self, project: int, file: Path) -> dict[str, Any]:
        """Import a file of tasks."""
        tasks = json.loads(file.read_text(encoding="utf-8"))
        return self.call(f"/api/projects/{project}/import", tasks)

    def export(self, project: int, file: Path) -> Path:
        tasks = self.call(f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true")
        file.write_text(json.dumps(tasks), encoding="utf-8")
        return file


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    program = os.environ.get("FRAMING_LABEL_STUDIO") or shutil.which("label-studio")
    if not program or not Path(program).is_file():
        pytest.skip("label-studio is not installed; set FRAMING_LABEL_STUDIO to its executable")
    folder = tmp_path_factory.mktemp("label-studio")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(20)
    command = [
        program, "start", "--no-browser", "--data-dir", str(folder), "--internal-host", "127.0.0.1",
        "--port", str(port), "--username", ACCOUNT, "--password", secrets.token_hex(8),
        "--user-token", token, "--enable-legacy-api-token",
    ]  # fmt: skip
    quiet = {"COLLECT_ANALYTICS": "False", "LATEST_VERSION_CHECK": "False", "SENTRY_DSN": ""}
    found = Server(f"http://127.0.0.1:{port}", token)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **quiet}
        )
        try:
            _wait(found, process, folder / "log")
            yield found
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):  # the first start makes the database, which a busy machine does slowly
        if process.poll() is not None:
            break
        try:
            server.call("/api/version", timeout=5)
            return
        except (OSError, AssertionError):
            time.sleep(1)
    pytest.fail(f"label-studio did not start: {log.read_text(errors='replace')[-2000:]}")


def test_a_thousand_hostile_sentences_come_back(server: Server, tmp_path: Path) -> None:
    records, _ = generated(11, 1000)
    write_labelstudio(tmp_path / "tasks.json", records)
    project = server.project()
    done = server.take(project, tmp_path / "tasks.json")
    assert done["annotation_count"] == 1000
    back = list(read_labelstudio(server.export(project, tmp_path / "export.json")))
    assert in_order(back) == in_order(records)
    assert digest(back) == digest(records)


def test_whole_articles_come_back(server: Server, tmp_path: Path) -> None:
    records, articles = generated(12, 300)
    write_labelstudio(tmp_path / "tasks.json", records, articles=articles)
    project = server.project(articles=True)
    server.take(project, tmp_path / "tasks.json")
    back = list(read_labelstudio(server.export(project, tmp_path / "export.json")))
    assert in_order(back) == in_order(records)


@pytest.fixture
def blank() -> Record:
    """A sentence that nobody has labelled, with an emoji before it in its article."""
    return Record(
        article_id="a",
        sentence_id=3,
        text="We choose our friends.",
        start=3,
        end=25,
        context="They object.",
        frames=(),
        suggested=("sovereignty",),
        source="wire",
    )


def test_a_sentence_labelled_there_is_read_with_its_labels(
    server: Server, tmp_path: Path, blank: Record
) -> None:
    write_labelstudio(tmp_path / "tasks.json", [blank], to_label=True)
    project = server.project()
    server.take(project, tmp_path / "tasks.json")
    assert not list(read_labelstudio(server.export(project, tmp_path / "before.json")))
    (task,) = server.call(f"/api/tasks?project={project}&fields=all")["tasks"]
    assert task["predictions"][0]["result"][0]["value"]["choices"] == ["sovereignty"]

    def result(name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
        return {"id": name, "from_name": name, "to_name": "text", "type": kind, "value": value}

    answers = [
        result("frames", "choices", {"choices": ["denial", "sovereignty"]}),
        result("voice", "choices", {"choices": ["quoted"]}),
        result("speaker", "textarea", {"text": ["the envoy"]}),
        result("note", "textarea", {"text": ["unsure", "really"]}),
    ]
    server.call(f"/api/tasks/{task['id']}/annotations/", {"result": answers})
    after = server.export(project, tmp_path / "after.json")
    (back,) = read_labelstudio(after, codebook=CODEBOOK, accounts=server.accounts())
    assert (back.frames, back.voice) == (("denial", "sovereignty"), "quoted")
    assert (back.speaker, back.note) == ("the envoy", "unsure\nreally")
    assert (back.key, back.text, back.context) == (blank.key, blank.text, blank.context)
    assert (back.start, back.end, back.source) == (3, 25, "wire")
    assert back.suggested == blank.suggested
    assert back.annotator == ACCOUNT


def test_a_region_labelled_there_is_read_at_its_place(
    server: Server, tmp_path: Path, blank: Record
) -> None:
    text = f"\U0001f600\U0001f600 {blank.text}"
    write_labelstudio(tmp_path / "tasks.json", [blank], articles={"a": text}, to_label=True)
    project = server.project(articles=True)
    server.take(project, tmp_path / "tasks.json")
    (task,) = server.call(f"/api/tasks?project={project}&fields=all")["tasks"]
    shown = task["predictions"][0]["result"]
    assert shown[0]["value"]["start"] == 5  # UTF-16 units: each emoji counts two
    place = {k: shown[0]["value"][k] for k in ("start", "end", "text")}
    chosen = {**shown[1], "value": {**place, "choices": ["denial"]}}
    server.call(f"/api/tasks/{task['id']}/annotations/", {"result": [shown[0], chosen]})
    after = server.export(project, tmp_path / "after.json")
    (back,) = read_labelstudio(after, codebook=CODEBOOK, accounts=server.accounts())
    assert (back.frames, back.key, back.start, back.end) == (("denial",), ("a", 3), 3, 25)
    assert back.annotator == ACCOUNT
