"""The real doccano takes our files, and gives back what people do there.

Set FRAMING_DOCCANO to the `doccano` of an environment of its own (1.8.4 wants marshmallow below 4
and numpy below 2 beside it); else it is looked for on the path.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from test_exchange import generated, in_order

from framing.codebook import Codebook
from framing.data import digest, read_doccano, write_doccano
from framing.data.exchange.doccano import project_configuration, project_settings

pytestmark = pytest.mark.slow
CODEBOOK = Codebook.load("influence-1")
ACCOUNT = "annotator"


@dataclass
class Server:
    """A running doccano and the token of its account."""

    url: str
    token: str = ""

    def call(self, path: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
        headers = {"Content-Type": kind}
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        request = urllib.request.Request(f"{self.url}/v1{path}", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code}: {error.read()[:1000]!r}") from None

    def ask(self, path: str, body: object = None) -> Any:
        return json.loads(self.call(path, None if body is None else json.dumps(body).encode()))

    def send(self, path: str, field: str, content: bytes) -> bytes:
        """Send a file as a form does."""
        edge = secrets.token_hex(16)
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="rows.jsonl"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        return self.call(path, body, f"multipart/form-data; boundary={edge}")

    def wait(self, task: str) -> Any:
        for _ in range(120):
            status = self.ask(f"/tasks/status/{task}")
            if status["ready"]:
                assert not status["error"]
                return status["result"]
            time.sleep(1)
        raise AssertionError("doccano's task queue did not answer in two minutes")

    def project(self) -> int:
        """Make a project with our settings and label types."""
        project = self.ask("/projects", json.loads(project_settings(CODEBOOK)))["id"]
        labels = project_configuration(CODEBOOK).encode()
        self.send(f"/projects/{project}/category-type-upload", "file", labels)
        return int(project)

    def take(self, project: int, file: Path) -> None:
        upload = self.send("/fp/process/", "filepond", file.read_bytes()).decode()
        form = {"format": "JSONL", "task": "DocumentClassification", "uploadIds": [upload]}
        columns = {"column_data": "text", "column_label": "label", "encoding": "utf_8"}
        task = self.ask(f"/projects/{project}/upload", {**form, **columns})["task_id"]
        assert self.wait(task) == {"error": []}

    def export(self, project: int, file: Path) -> Path:
        form = {"format": "JSONL", "exportApproved": False}
        task = self.ask(f"/projects/{project}/download", form)["task_id"]
        self.wait(task)
        content = self.call(f"/projects/{project}/download?taskId={task}")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            file.write_bytes(archive.read(f"{ACCOUNT}.jsonl"))
        return file


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    program = os.environ.get("FRAMING_DOCCANO") or shutil.which("doccano")
    if not program or not Path(program).is_file():
        pytest.skip("doccano is not installed; set FRAMING_DOCCANO to its executable")
    folder = tmp_path_factory.mktemp("doccano")
    environment = {**os.environ, "DOCCANO_HOME": str(folder)}
    password = secrets.token_hex(8)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = ["createuser", "--username", ACCOUNT, "--password", password]
    with (folder / "log").open("wb") as log:
        for arguments in (["init"], user):
            subprocess.run(
                [program, *arguments], env=environment, stdout=log, stderr=log, check=True
            )
        running = [
            subprocess.Popen([program, *arguments], env=environment, stdout=log, stderr=log)
            for arguments in (
                ["webserver", "--port", str(port), "--workers", "1"],
                ["task", "--concurrency", "1"],
            )
        ]
        try:
            found = Server(f"http://127.0.0.1:{port}")
            found.token = _log_in(found, password, folder / "log")
            yield found
        finally:
            for process in running:
                process.terminate()
            for process in running:
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _log_in(server: Server, password: str, log: Path) -> str:
    for _ in range(120):
        try:
            return server.ask("/auth/login/", {"username": ACCOUNT, "password": password})["key"]
        except (OSError, AssertionError):
            time.sleep(1)
    pytest.fail(f"doccano did not start: {log.read_text(errors='replace')[-2000:]}")


def test_a_thousand_hostile_rows_come_back(server: Server, tmp_path: Path) -> None:
    records, _ = generated(21, 1000)
    write_doccano(tmp_path / "rows.jsonl", records)
    project = server.project()
    server.take(project, tmp_path / "rows.jsonl")
    back = list(read_doccano(server.export(project, tmp_path / "export.jsonl")))
    assert in_order(back) == in_order(records)
    assert digest(back) == digest(records)


def test_a_sentence_labelled_there_is_read_with_its_labels(server: Server, tmp_path: Path) -> None:
    records, _ = generated(22, 1)
    write_doccano(tmp_path / "rows.jsonl", records, to_label=True)
    project = server.project()
    server.take(project, tmp_path / "rows.jsonl")
    (example,) = server.ask(f"/projects/{project}/examples")["results"]
    types = {t["text"]: t["id"] for t in server.ask(f"/projects/{project}/category-types")}
    for label in ("denial", "sovereignty", "voice:quoted"):
        path = f"/projects/{project}/examples/{example['id']}/categories"
        server.ask(path, {"label": types[label]})
    comment = {"text": "unsure", "example": example["id"]}
    server.ask(f"/projects/{project}/comments?example={example['id']}", comment)
    export = server.export(project, tmp_path / "export.jsonl")
    (back,) = read_doccano(export, annotator=ACCOUNT, codebook=CODEBOOK)
    assert (back.frames, back.voice) == (("denial", "sovereignty"), "quoted")
    assert (back.note, back.annotator) == ("unsure", ACCOUNT)
    assert (back.key, back.text, back.context) == (
        records[0].key,
        records[0].text,
        records[0].context,
    )
