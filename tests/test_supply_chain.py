"""What is installed is pinned by hash, and the container's steps work without a network."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"


def test_every_package_of_the_lock_is_pinned_by_hash_and_names_no_place() -> None:
    entries = re.split(r"\n(?=[a-z])", LOCK.read_text(encoding="utf-8").split("\n", 1)[1])
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+(\[[a-z,]+\])?==\S+", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry[:80]
    assert not re.search(r"://|file:|@ |--index|--find-links", LOCK.read_text(encoding="utf-8"))


def test_the_lock_and_the_versions_that_the_tests_run_with_agree() -> None:
    def pins(path: Path) -> dict[str, str]:
        found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)", path.read_text(), re.M)
        return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}

    tested = pins(ROOT / "constraints.txt")
    locked = pins(LOCK)
    assert len(locked) > 30
    assert {n: v for n, v in locked.items() if tested.get(n, v) != v} == {}


@pytest.mark.slow
def test_the_steps_of_the_container_file_make_a_service_offline(tmp_path: Path) -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    (build,) = re.findall(r"^RUN (python -m venv .*)$", text, re.M)
    entry = json.loads(re.findall(r"^ENTRYPOINT (.*)$", text, re.M)[0])
    assert re.search(r"^USER 10001$", text, re.M)

    wheels = tmp_path / "wheels"
    wanted = f"{ROOT}[serve,html,lang]"
    constraints = ROOT / "constraints.txt"
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "-c", constraints, "-w", wheels, wanted],
        check=True,
    )
    target = tmp_path / "framing"
    steps = build.replace("/opt/framing", str(target)).replace("/wheels", str(wheels))
    steps = steps.replace("python -m venv", f"{shlex.quote(sys.executable)} -m venv")
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    env = {**os.environ, **nowhere, "PYTHONPATH": ""}
    subprocess.run(["sh", "-ec", steps], check=True, env=env, cwd=tmp_path)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(target / "bin" / entry[0]), *entry[1:]]
    command[command.index("0.0.0.0")] = "127.0.0.1"
    command[command.index("8000")] = str(port)
    as_nobody: dict[str, int] = {"user": 10001} if _nobody_reaches(target) else {}
    env.update(PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1", HOME="/proc/none")
    service = subprocess.Popen(command, env=env, cwd="/", stderr=subprocess.PIPE, **as_nobody)
    try:
        (check,) = re.findall(r"urlopen\('(http://[^']+)'", text)
        address = check.replace("8000", str(port))
        end = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(address, timeout=4) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert service.poll() is None, service.stderr and service.stderr.read()
                assert time.monotonic() < end
                time.sleep(0.2)
    finally:
        service.terminate()
        service.communicate(timeout=30)


def _nobody_reaches(folder: Path) -> bool:
    """Whether this process may become another user, and that one may run what is in the folder."""
    try:
        done = subprocess.run([folder / "bin" / "python", "-c", ""], user=10001, check=False)
    except OSError:
        return False
    return done.returncode == 0
