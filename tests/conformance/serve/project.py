"""A git repository whose commits and runs a client reports."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from wire import Client, coverage, form, request_of, run_tags
from wire import attempt_event as event_of

CONTEXT = ("demo", "ci", "os.platform=Linux\nruntime.name=CPython\nruntime.version=3.11.2\n")


class Project:
    def __init__(self, folder: Path, client: Client) -> None:
        self.folder, self.client, self.sent = folder, client, set[str]()
        folder.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main")
        self.git("config", "uploadpack.allowFilter", "true")

    def git(self, *words: str, text: bytes = b"") -> bytes:
        names = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return subprocess.run(
            ["git", "-C", str(self.folder), *words],
            input=text,
            check=True,
            capture_output=True,
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **names},
        ).stdout

    def commit(self, **files: str | None) -> str:
        return self.write(
            {name.replace("__", "/").replace("_py", ".py"): text for name, text in files.items()}
        )

    def write(self, files: dict[str, str | None]) -> str:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD").decode().strip()

    def known(self, *commits: str) -> list[str]:
        body = {"meta": {"repository_url": "u"}, "data": [{"id": one, "type": "commit"} for one in commits]}
        answer = self.client.send("/api/v2/git/repository/search_commits", json.dumps(body).encode())
        return [item["id"] for item in answer.json["data"]]

    def pack(self, sha: str) -> bytes:
        listing = ["rev-list", "--objects", "--no-object-names", "--filter=blob:none", sha]
        objects = self.git(*listing, *(f"^{one}" for one in self.sent))
        return self.git("pack-objects", "--stdout", "-q", text=objects)

    def upload(self, sha: str) -> None:
        pushed = json.dumps({"data": {"id": sha, "type": "commit"}, "meta": {"repository_url": "u"}}).encode()
        body, kind = form(
            [
                ("pushedSha", None, "application/json", pushed),
                ("packfile", "x.pack", "application/octet-stream", self.pack(sha)),
            ]
        )
        reply = self.client.send("/api/v2/git/repository/packfile", body, kind)
        assert (reply.status, reply.body) == (204, b"")
        self.sent.add(sha)

    def run(self, sha: str, session: int, tests: dict[str, tuple[str, list[str]]], **tags: str) -> None:
        """A session at `sha`: names with their status and the files that they covered."""
        events, covered = [], []
        for number, (name, (status, files)) in enumerate(tests.items()):
            span = session * 1000 + number + 1
            events.append(
                event_of(
                    session,
                    span,
                    name,
                    status,
                    **{"test.source.file": f"tests/{name}.py", "test.suite": f"{name}.py"},
                )
            )
            if files:
                covered.append(coverage(session, span, dict.fromkeys(files, (1,))))
        assert self.client.events(events, run_tags(sha, **tags)).status == 202
        assert self.client.coverages(covered).status == 202

    def skippable(self, sha: str, **more: Any) -> set[str]:
        return {item["attributes"]["name"] for item in self.answer(sha, **more)["data"]}

    def answer(self, sha: str, **more: Any) -> Any:
        reply = self.client.send("/api/v2/ci/tests/skippable", request_of("test_params", sha, **more))
        assert reply.status == 200
        assert reply.json["meta"]["correlation_id"]
        if not more and re.fullmatch("[0-9a-f]{40}", sha):
            self.whys(sha, {item["attributes"]["name"] for item in reply.json["data"]})
        return reply.json

    def whys(self, sha: str, left_out: set[str]) -> dict[str, str]:
        """Of each test that was ever reported the reason that its page gives: it agrees with the list."""
        reasons = {}
        for test in self.client.get("/api/alibi/v1/tests").json["tests"]:
            whys = self.client.get(f"/api/alibi/v1/tests/{test['id']}/why?commit={sha}").json["why"]
            for why in whys:
                if (test["service"], why["env"], why["configurations"]) == CONTEXT:
                    assert why["may_be_left_out"] == (test["name"] in left_out), (test, why)
                    reasons[test["name"]] = why["reason"]
        return reasons
