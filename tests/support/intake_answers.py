"""What an intake answers, route by route (the specification's minimal fake intake), and wrong forms of it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

ROUTES = {
    "/api/v2/citestcycle": "citestcycle",
    "/api/v2/citestcov": "citestcov",
    "/api/v2/libraries/tests/services/setting": "settings",
    "/api/v2/ci/tests/skippable": "skippable",
    "/api/v2/ci/libraries/tests": "known_tests",
    "/api/v2/ci/ddtest/test_suite_durations": "suite_durations",
    "/api/v2/test/libraries/test-management/tests": "test_management",
    "/api/v2/git/repository/search_commits": "search_commits",
    "/api/v2/git/repository/packfile": "packfile",
    "/api/v2/cicovreprt": "cicovreprt",
    "/api/v2/logs": "logs",
    "/info": "info",
}
_SETTINGS = {
    "code_coverage": True,
    "tests_skipping": True,
    "itr_enabled": True,
    "require_git": False,
    "flaky_test_retries_enabled": False,
    "known_tests_enabled": False,
    "impacted_tests_enabled": False,
    "coverage_report_upload_enabled": False,
    "di_enabled": False,
    "early_flake_detection": {
        "enabled": False,
        "slow_test_retries": {"5s": 10, "10s": 5, "30s": 3, "5m": 2},
        "faulty_session_threshold": 30,
    },
    "test_management": {"enabled": False, "attempt_to_fix_retries": 20},
}
ANSWERS: dict[str, tuple[int, Any]] = {
    "citestcycle": (202, {}),
    "citestcov": (202, {}),
    "cicovreprt": (202, {}),
    "logs": (202, {}),
    "packfile": (204, None),
    "search_commits": (200, {"data": []}),
    "settings": (
        200,
        {"data": {"id": "x", "type": "ci_app_tracers_test_service_settings", "attributes": _SETTINGS}},
    ),
    "skippable": (200, {"meta": {"correlation_id": "x"}, "data": []}),
    "known_tests": (200, {"data": {"attributes": {"tests": {}}}}),
    "suite_durations": (
        200,
        {"data": {"attributes": {"test_suites": {}, "page_info": {"has_next": False}}}},
    ),
    "test_management": (200, {"data": {"attributes": {"modules": {}}}}),
    "info": (
        200,
        {"endpoints": ["/evp_proxy/v2/", "/evp_proxy/v4/"], "config": {"default_env": "none"}},
    ),
}
_WRONG: list[Any] = [None, True, -1, 1.5, 2**64, "text", [], ["text"], {}, {"a": {}}]


def wrong_answers(route: str) -> list[Any]:
    """The right answer of `route` over and over, each time with one value of another type."""
    right = ANSWERS[route][1]

    def places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        yield path
        inner = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, below in inner:
            yield from places(below, (*path, key))

    def exchanged(path: tuple[Any, ...], wrong: Any) -> Any:
        if not path:
            return wrong
        made = copy.deepcopy(right)
        at = made
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = wrong
        return made

    return [exchanged(path, wrong) for path in places(right, ()) for wrong in _WRONG]
