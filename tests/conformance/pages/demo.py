"""A server full of what pages have to show: weeks of runs of a small shop, with everything that can happen.

`python demo.py URL FOLDER` fills a server that runs; FOLDER gets the checkout (for `--source`).
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from typing import Any

SERVE = Path(__file__).resolve().parent.parent / "serve"
sys.path.insert(0, str(SERVE))

from project import Project  # noqa: E402
from wire import Client, attempt_event, coverage, run_tags, session_event, suite_event  # noqa: E402

SOURCES = {
    "shop/cart.py": """\
class Cart:
    def __init__(self):
        self.lines = []

    def add(self, article, count=1):
        if count < 1:
            raise ValueError("count must be positive")
        self.lines.append((article, count))

    def total(self, rates=None):
        net = sum(article.price * count for article, count in self.lines)
        return net if rates is None else rates.with_tax(net)
""",
    "shop/tax.py": """\
class Rates:
    def __init__(self, country):
        self.rate = {"de": 0.19, "fr": 0.2}[country]

    def with_tax(self, net):
        return round(net * (1 + self.rate), 2)
""",
    "shop/search.py": "def find(words, articles):\n    return [a for a in articles if words in a.name]\n",
    "shop/native.py": "from shop import _resize\n\ndef thumbnail(image):\n    return _resize.half(image)\n",
    "tests/test_cart.py": "def test_total(): ...\n",
    "tests/test_tax.py": "def test_rates(): ...\n",
    "tests/test_search.py": "def test_finds_umlauts(): ...\n",
    "tests/test_images.py": "def test_thumbnail(): ...\n",
    "tests/checkout/test_payment.py": "def test_card_is_charged_once(): ...\n",
    "pyproject.toml": "[project]\nname = 'shop'\n",
}
CART = {"shop/cart.py": (1, 2, 3, 5, 6, 8), "tests/test_cart.py": (1,)}
TOTAL = {"shop/cart.py": (1, 2, 3, 5, 6, 8, 10, 11, 12), "tests/test_cart.py": (1,)}
TAXED = {**TOTAL, "shop/tax.py": (1, 2, 3, 5, 6)}
# suite, name, parameters, usual ms, what it covers
TESTS: list[tuple[str, str, str, int, dict[str, tuple[int, ...]]]] = [
    ("tests/test_cart.py", "test_an_empty_cart_costs_nothing", "", 3, CART),
    ("tests/test_cart.py", "test_total_is_the_sum_of_its_lines", "", 12, TOTAL),
    ("tests/test_cart.py", "test_count_must_be_positive", "[0]", 2, CART),
    ("tests/test_cart.py", "test_count_must_be_positive", "[-1]", 2, CART),
    ("tests/test_tax.py", "test_rates", "[de]", 40, TAXED),
    ("tests/test_tax.py", "test_rates", "[fr]", 45, TAXED),
    (
        "tests/test_search.py",
        "test_finds_umlauts",
        "",
        320,
        {"shop/search.py": (1, 2), "tests/test_search.py": (1,)},
    ),
    ("tests/test_search.py", "test_is_fast_with_a_million_articles", "", 8_400, {"shop/search.py": (1, 2)}),
    (
        "tests/test_images.py",
        "test_thumbnail",
        "",
        900,
        {"shop/native.py": (1, 3, 4), "tests/test_images.py": (1,)},
    ),
    (
        "tests/checkout/test_payment.py",
        "test_card_is_charged_once",
        "",
        2_100,
        {**TAXED, "tests/checkout/test_payment.py": (1,)},
    ),
    ("tests/checkout/test_payment.py", "test_refund_reaches_the_card", "", 1_700, {}),
]
STACK = """\
tests/test_tax.py:12: in test_rates
    assert cart.total(Rates(country)) == expected
shop/cart.py:12: in total
    return net if rates is None else rates.with_tax(net)
shop/tax.py:6: in with_tax
    return round(net * (1 + self.rate), 2)
E   AssertionError: assert 118.99 == 119.0"""
CRASH = """\
Segmentation fault (SIGSEGV) at address 0x0000000000000018

#0  resize_half (image=0x0) at native/resize.c:41
#1  half at native/resizemodule.c:88
#2  shop/native.py:4 in thumbnail
#3  tests/test_images.py:9 in test_thumbnail"""


def _failure(kind: str, message: str, stack: str) -> dict[str, str]:
    return {"error.type": kind, "error.message": message, "error.stack": stack}


class Demo:
    def __init__(self, client: Client, folder: Path, now_ns: int, service: str = "shop") -> None:
        self.client, self.service = client, service
        self.project = Project(folder, client)
        self.random = random.Random(8)
        self.start_ns = now_ns - 13 * 86_400 * 10**9
        self.number = 0

    def fill(self) -> None:
        head = self.project.write(dict(SOURCES))
        self.project.upload(head)
        for day in range(13):
            if day % 3 == 2:
                edited = "shop/tax.py" if day % 2 else "shop/search.py"
                head = self.project.write({edited: SOURCES[edited] + f"# {day}\n"})
                self.project.upload(head)
            for _ in range(1 + day % 2):
                self.session(head, day)

    def session(self, sha: str, day: int) -> None:
        self.number += 1
        session, last = 7_000 + self.number, day == 12
        at = self.start_ns + day * 86_400 * 10**9 + self.number * 977 * 10**9
        events: list[dict[str, Any]] = []
        covered = []
        for suite, name, parameters, usual_ms, files in TESTS:
            taken_ms = usual_ms * self.random.uniform(0.8, 1.5)
            for status, tags in self.attempts(suite, name, parameters, day, last):
                span = session * 1_000 + len(events) + 1
                meta = {"test.suite": suite.rpartition("/")[2], "test.source.file": suite, **tags}
                meta["test.module"] = suite.rpartition("/")[0].replace("/", ".")
                meta["test.codeowners"] = '["@shop/checkout"]' if "checkout" in suite else ""
                if parameters:
                    meta["test.parameters"] = '{"metadata":{"test_name":"' + name + parameters + '"}}'
                event = attempt_event(session, span, name, status, **meta)
                left_out = "test.skipped_by_itr" in tags
                event["content"].update(start=at + len(events) * 10**9, service=self.service)
                event["content"]["duration"] = 0 if left_out else int(taken_ms * 1e6)
                events.append(event)
                if files and status == "pass":
                    covered.append(coverage(session, span, files))
        failed = any(event["content"]["meta"]["test.status"] == "fail" for event in events)
        end = session_event(session, "fail" if failed else "pass")
        end["content"].update(
            start=at, service=self.service, duration=sum(event["content"]["duration"] for event in events)
        )
        more = {"git.commit.message": "Round taxes as the law says", "test.command": "pytest --alibi -n 4"}
        branch = "main" if day % 4 else "feature/refunds-with-a-rather-long-name"
        self.client.events([*events, end], run_tags(sha, **{"git.branch": branch, **more}))
        self.client.coverages(covered)

    def attempts(
        self, suite: str, name: str, parameters: str, day: int, last: bool
    ) -> list[tuple[str, dict[str, str]]]:
        """What became of a test: statuses with tags, one for each attempt."""
        retried = {"test.is_retry": "true", "test.retry_reason": "auto_test_retry"}
        if name == "test_rates" and parameters == "[de]" and day in (5, 12):
            kind = _failure("AssertionError", "assert 118.99 == 119.0", STACK)
            return [("fail", kind), ("fail", {**kind, **retried, "test.has_failed_all_retries": "true"})]
        if name == "test_thumbnail" and day in (8, 12):
            return [("fail", _failure("SIGSEGV", "crashed: segmentation fault in resize_half", CRASH))]
        if name == "test_card_is_charged_once" and day % 3 == 0:
            kind = _failure("TimeoutError", "no answer within 2 s", "tests/checkout/test_payment.py:31")
            return [("fail", kind), ("pass", retried)]
        if name == "test_refund_reaches_the_card":
            return [("skip", {"test.skip_reason": "the sandbox of the bank is down"})]
        if "million" in name and day > 2:
            return [
                (
                    "skip",
                    {"test.skipped_by_itr": "true", "test.skip_reason": "Skipped by test impact analysis"},
                )
            ]
        if name == "test_finds_umlauts" and last:
            return [("pass", {"test.is_new": "true"})]
        return [("pass", {})]


def add_many(client: Client, count: int, session: int = 90_000, sha: str = "") -> None:
    """A session of `count` tests in suites of 50, each with coverage of its own and of common files."""
    for first in range(0, count, 2_000):
        events, covered = [], []
        for number in range(first, min(first + 2_000, count)):
            span = session * 1_000_000 + number + 1
            suite = f"test_part_{number // 50}.py"
            meta = {"test.suite": suite, "test.source.file": f"tests/{suite}"}
            if number % 1_000 == 7:
                meta |= _failure("AssertionError", f"assert {number} == 0", STACK)
            status = "fail" if number % 1_000 == 7 else "pass"
            events.append(attempt_event(session, span, f"test_number_{number}", status, **meta))
            files = {f"tests/{suite}": (1, 2), f"lib/part_{number // 50}.py": (1, 5), "lib/common.py": (3,)}
            covered.append(coverage(session, span, files))
        assert client.events(events, run_tags(sha)).status == 202
        assert client.coverages(covered).status == 202
    assert client.events([session_event(session, "fail"), suite_event(session)], run_tags(sha)).status == 202


if __name__ == "__main__":
    Demo(Client(sys.argv[1]), Path(sys.argv[2]), time.time_ns()).fill()
