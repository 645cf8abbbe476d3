"""What an intake got from a run, as the protocol reads it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from intake_request import Request
from misbehaving_intake import MisbehavingIntake
from msgpack_reader import unpacked
from shops import MODULES, SUITES, Ended, Shop, agentless, name_of

WAYS = ("agentless", "agent v4", "agent v2", "agent's socket")
EVENT_TYPES = ("test", "test_suite_end", "test_module_end", "test_session_end")


@dataclass
class Recording:
    framework: str
    shop: Shop
    ended: Ended
    requests: list[Request]  # in the order of their arrival

    def of(self, route: str) -> list[Request]:
        return [request for request in self.requests if request.route == route]

    def cycles(self) -> list[Any]:
        """Bodies with test events. Never empty: what is said of each of them is said of one at least."""
        bodies = [unpacked(request.body) for request in self.of("citestcycle")]
        assert bodies, self.ended.text
        return bodies

    def events(self, *types: str) -> list[Any]:
        """Whole events of these types, of all without any."""
        found = [event for body in self.cycles() for event in body["events"]]
        assert {event["type"] for event in found} >= {"test", "test_session_end"}, self.ended.text
        return [event for event in found if not types or event["type"] in types]

    def contents(self, *types: str) -> list[Any]:
        return [event["content"] for event in self.events(*types)]

    def test(self, test: str) -> Any:
        """The content of one of the project's tests."""
        wanted = name_of(self.framework, test)
        (found,) = [one for one in self.contents("test") if one["meta"]["test.name"] == wanted]
        return found

    def session(self) -> Any:
        (found,) = self.contents("test_session_end")
        return found

    def documents(self) -> list[bytes]:
        found = [request.parts["coverage1"] for request in self.of("citestcov")]
        assert found, self.ended.text
        return found

    def coverages(self) -> list[Any]:
        return [event for document in self.documents() for event in unpacked(document)["coverages"]]

    def bitmaps(self, test: str) -> dict[str, bytes]:
        span = self.test(test)["span_id"]
        (files,) = [event["files"] for event in self.coverages() if event["span_id"] == span]
        return {file["filename"]: file["bitmap"] for file in files}

    def merged_meta(self) -> list[dict[str, str]]:
        """Of each event, over what its body says of its type and of all."""
        found = []
        for body in self.cycles():
            for event in body["events"]:
                general = body["metadata"].get("*", {}), body["metadata"].get(event["type"], {})
                found.append({**general[0], **general[1], **event["content"]["meta"]})
        return found


def settings(**attributes: Any) -> dict[str, Any]:
    usual = {"code_coverage": True, "tests_skipping": True, "itr_enabled": True, "require_git": False}
    return {"data": {"attributes": {**usual, **attributes}}}


def _listed(framework: str, kind: str, *tests: str) -> dict[str, Any]:
    """An answer that names these tests, or the suite."""
    about = {"suite": SUITES[framework], "configurations": {"test.bundle": MODULES[framework]}}
    names: list[dict[str, str]] = [{"name": name_of(framework, test)} for test in tests] or [{}]
    return {
        "meta": {"correlation_id": "correlated"},
        "data": [{"id": "1", "type": kind, "attributes": {**about, **name}} for name in names],
    }


# More attempts than the first.
TRIED_AGAIN = {"adds": 3, "subtracts": 2, "fails": 2}
_FEATURES = {
    "known_tests_enabled": True,
    "flaky_test_retries_enabled": True,
    "coverage_report_upload_enabled": True,
    "early_flake_detection": {
        "enabled": True,
        "slow_test_retries": {"5m": 2},
        "faulty_session_threshold": 30,
    },
    "test_management": {"enabled": True, "attempt_to_fix_retries": 3},
}


def _with_features(intake: MisbehavingIntake, framework: str) -> None:
    """Known tests on three pages, all but one that is new; one that is to be fixed."""
    module, suite = MODULES[framework], SUITES[framework]
    pages = []
    for number, test in enumerate(("adds", "fails", "waits")):
        about = {"cursor": f"cursor {number}", "size": 1, "has_next": number < 2}
        known = {module: {suite: [name_of(framework, test)]}}
        pages.append({"data": {"attributes": {"tests": known, "page_info": about}}})
    fixed = {name_of(framework, "adds"): {"properties": {"attempt_to_fix": True}}}
    managed = {module: {"suites": {suite: {"tests": fixed}}}}
    intake.set_answer("settings", 200, settings(**_FEATURES))
    intake.set_answers("known_tests", 200, pages)
    intake.set_answer("test_management", 200, {"data": {"attributes": {"modules": managed}}})


_MODES = {
    "no settings": {"settings": "403"},
    "events fail": {"citestcycle": "503"},
    "events refused": {"citestcycle": "403"},
}


class Recordings:
    """Made when they are asked for, and kept."""

    def __init__(self, folders: pytest.TempPathFactory, parts: Path) -> None:
        self._folders = folders
        self._parts = parts
        self._made: dict[tuple[str, str], Recording] = {}

    def of(self, framework: str, what: str) -> Recording:
        key = framework, what
        if key not in self._made:
            self._made[key] = self._make(framework, what)
        return self._made[key]

    def _make(self, framework: str, what: str) -> Recording:
        shop = Shop(framework, self._folders.mktemp(framework), self._parts)
        with self._intake(what) as intake:
            if what in ("skipping", "by suite", "suite skipped"):
                return self._with_list(shop, intake, what)
            if what == "agentless":
                first, second = settings(require_git=True), settings(require_git=False)
                intake.set_answers("settings", 200, [first, second])
            environment = {**agentless(intake.url), "DD_CIVISIBILITY_FLAKY_RETRY_COUNT": "2"}
            if what == "features":
                _with_features(intake, framework)
            if what in WAYS[1:]:  # all but agentless
                environment = {"DD_TRACE_AGENT_URL": intake.url}
            ended = shop.run(environment, ALIBI_INTAKE_PATIENCE_MS="20000")
            return Recording(framework, shop, ended, intake.received())

    @contextlib.contextmanager
    def _intake(self, what: str) -> Iterator[MisbehavingIntake]:
        socket = str(self._folders.mktemp("agent") / "socket") if what == "agent's socket" else None
        with MisbehavingIntake({"*": "ok", **_MODES.get(what, {})}, unix=socket) as intake:
            if what == "agent v2":
                intake.set_answer("info", 200, {"endpoints": ["/v0.4/traces", "/evp_proxy/v2/"]})
            yield intake

    def _with_list(self, shop: Shop, intake: MisbehavingIntake, what: str) -> Recording:
        """The run that records, or the one after it, which acts on the service's list."""
        environment = {**agentless(intake.url), "ALIBI_INTAKE_PATIENCE_MS": "20000"}
        if what != "skipping":
            mode = (
                {"_DD_CIVISIBILITY_ITR_SUITE_MODE": "true"}
                if shop.framework == "pytest"
                else {"DD_TESTOPTIMIZATION_TIA_TEST_SKIPPING_MODE": "suite"}
            )
            environment.update(mode)
            answer = _listed(shop.framework, "suite")
        else:
            answer = _listed(shop.framework, "test", "subtracts", "fails")
        intake.set_answer("skippable", 200, answer)
        ended = shop.run({**environment, "ALIBI_NOSELECT": "1"})
        assert ended.status == 1, ended.text
        if what == "by suite":
            return Recording(shop.framework, shop, ended, intake.received())
        before = len(intake.received())
        ended = shop.run({**environment, "ALIBI_TRUST": "service"})
        return Recording(shop.framework, shop, ended, intake.received()[before:])
