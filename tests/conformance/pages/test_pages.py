"""Every page in a real browser: what it loads, how it looks on a phone and in the dark, how keys reach it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import DESKTOP, PHONE, Browser
from demo import Demo
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from wire import Client, attempt_event, coverage, run_tags, session_event

PAGES = {
    "sessions": "/",
    "session": "/sessions/7019",
    "session-failures": "/sessions/7019?status=fail",
    "tests": "/tests",
    "tests-found": "/tests?q=card",
    "tests-none": "/tests?q=nothing-has-this-name",
    "test-flaky": "test_card_is_charged_once",
    "test-crashed": "test_thumbnail",
    "test-left-out": "test_is_fast_with_a_million_articles",
    "files": "/files",
    "file": "/files/shop/cart.py",
    "saved": "/saved",
    "settings": "/settings",
    "missing": "/nowhere/at/all",
}
LOOKS = [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")]


@pytest.fixture(params=PAGES.items(), ids=PAGES)
def page(request: pytest.FixtureRequest, demo: Demo, identity: Callable[[str], str]) -> tuple[str, str]:
    name, path = request.param
    return name, demo.client.url + (path if path.startswith("/") else identity(path))


def test_a_page_loads_nothing_from_elsewhere_and_the_console_is_silent(
    page: tuple[str, str], demo: Demo, desktop: Browser
) -> None:
    name, url = page
    desktop.open(url)
    loaded = desktop.run("return performance.getEntriesByType('resource').map(one => one.name)")
    assert loaded
    assert all(one.startswith(demo.client.url + "/") for one in loaded), loaded
    complaints = desktop.complaints()
    if name == "missing":  # the page itself is the one thing that was not found
        complaints = [one for one in complaints if url not in one]
    assert complaints == []
    assert (
        desktop.run("return document.scripts.length + document.querySelectorAll('[style],style').length") == 0
    )


def test_a_page_is_well_made_for_those_who_hear_it(page: tuple[str, str], desktop: Browser) -> None:
    desktop.open(page[1])
    assert desktop.run("return document.documentElement.lang") == "en"
    assert desktop.run("return document.compatMode") == "CSS1Compat"
    title = desktop.driver.title
    assert title.endswith(" · Alibi")
    levels = [
        int(tag[1])
        for tag in desktop.run("return [...document.querySelectorAll('h1,h2,h3')].map(h => h.tagName)")
    ]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    unnamed = desktop.run(
        "return [...document.querySelectorAll('input:not([type=hidden])')]"
        ".filter(i => !i.labels.length).length"
        " + [...document.querySelectorAll('nav')].filter(n => !n.ariaLabel).length"
        " + [...document.querySelectorAll('table')].filter(t => !t.caption).length"
        " + [...document.querySelectorAll('svg[role=img]')].filter(s => !s.querySelector('title')).length"
        " + [...document.querySelectorAll('a,button')].filter(a => !a.textContent.trim()).length"
    )
    assert unnamed == 0
    ids = desktop.run("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
# Pieces of text that lie on each other.
OVERLAPS = """
const found = [];
for (const part of document.querySelectorAll('tr, .top, header, .tabs, .figures, form')) {
  const pieces = [...part.querySelectorAll('a, .status, .badge, time, label, button, dd, dt')]
    .filter(one => one.checkVisibility() && !one.parentElement.closest('pre'))
    .map(one => [one, one.getBoundingClientRect()]);
  pieces.forEach(([one, a], number) => pieces.slice(number + 1).forEach(([other, b]) => {
    if (one.contains(other)) return;
    const lines = [...one.getClientRects()], others = [...other.getClientRects()];
    if (lines.some(p => others.some(q => p.left + 1 < q.right && q.left + 1 < p.right
        && p.top + 4 < q.bottom && q.top + 4 < p.bottom)))
      found.push([one.textContent, other.textContent]);
  }));
}
return found.slice(0, 5);
"""


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_page_fits_and_can_be_read(
    page: tuple[str, str], browser: Browser, width: int, scheme: str
) -> None:
    browser.look(width, scheme)
    browser.open(page[1])
    browser.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert browser.run("return matchMedia('(prefers-color-scheme: dark)').matches") == (scheme == "dark")
    dark = browser.run("return getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")
    seen, faint = browser.run(CONTRAST)
    assert seen > 5
    assert faint == []
    assert browser.run(OVERLAPS) == []
    widest = browser.run("return document.scrollingElement.scrollWidth")
    assert widest <= width, browser.run(
        "return [...document.querySelectorAll('main *')]"
        ".filter(e => e.getBoundingClientRect().right > innerWidth)"
        ".map(e => e.outerHTML.slice(0, 80)).slice(0, 5)"
    )
    browser.run("document.querySelectorAll('details').forEach((one, n) => one.open = n < 3)")
    browser.shot(page[0])


class Keyboard:
    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def press(self, *keys: str) -> None:
        ActionChains(self.browser.driver).send_keys(*keys).perform()

    def follow(self) -> None:
        """Enter, where it leads to a page."""
        self.browser.run("window.left = false")
        self.press(Keys.ENTER)
        arrived = "return window.left === undefined && document.readyState === 'complete'"
        WebDriverWait(self.browser.driver, 20, ignored_exceptions=[WebDriverException]).until(
            lambda _: self.browser.run(arrived)
        )

    def focus(self) -> str:
        return str(
            self.browser.run(
                "const e = document.activeElement;"
                "return e.name || e.getAttribute('href') || e.tagName.toLowerCase()"
            )
        )

    def is_seen(self) -> bool:
        """The element that has the focus is in view, with an outline that differs from what is around it."""
        return bool(
            self.browser.run(
                "const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();"
                "return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && b.width > 0"
                " && b.right > 0 && b.bottom > 0 && b.top < innerHeight"
            )
        )

    def tab_to(self, wanted: str) -> list[str]:
        passed = []
        for _ in range(200):
            self.press(Keys.TAB)
            assert self.is_seen(), self.focus()
            passed.append(self.focus())
            if passed[-1] == wanted:
                return passed
        raise AssertionError(f"{wanted} is not reached: {passed}")


def test_the_first_key_leads_past_the_navigation(demo: Demo, desktop: Browser) -> None:
    desktop.open(demo.client.url + "/tests")
    keyboard = Keyboard(desktop)
    assert keyboard.tab_to("#main") == ["#main"]
    keyboard.press(Keys.ENTER, Keys.TAB)
    assert keyboard.focus() == "q"


def test_a_test_is_looked_up_opened_and_quarantined_by_keys_alone(
    demo: Demo, desktop: Browser, identity: Callable[[str], str]
) -> None:
    address = identity("test_card_is_charged_once")
    desktop.open(demo.client.url + "/")
    keyboard = Keyboard(desktop)
    keyboard.tab_to("/tests")
    keyboard.follow()
    keyboard.tab_to("q")
    keyboard.press("card_is_charged")
    keyboard.follow()
    assert "q=card_is_charged" in desktop.driver.current_url
    keyboard.tab_to(address)
    keyboard.follow()
    assert desktop.driver.current_url.endswith(address)

    def badges() -> list[str]:
        return desktop.run("return [...document.querySelectorAll('.top .badge')].map(b => b.textContent)")

    for expected in (True, False):
        keyboard.tab_to("quarantined")
        keyboard.press(Keys.SPACE)
        keyboard.tab_to("button")
        keyboard.follow()
        assert desktop.driver.current_url.endswith(address)
        assert ("quarantined" in badges()) == expected
        tests = demo.client.get("/api/alibi/v1/tests?q=card_is").json["tests"]
        assert tests[0]["quarantined"] is expected
    assert desktop.complaints() == []


def test_a_setting_is_changed_by_keys_and_pages_of_tests_know_it(
    demo: Demo, desktop: Browser, identity: Callable[[str], str]
) -> None:
    settings = "/api/alibi/v1/settings?service=shop"
    before = demo.client.get(settings).json["data"]["attributes"]
    for expected in (False, True):
        desktop.open(demo.client.url + "/settings")
        keyboard = Keyboard(desktop)
        keyboard.tab_to("tests_skipping")
        keyboard.press(Keys.SPACE)
        keyboard.tab_to("button")
        keyboard.follow()
        after = demo.client.get(settings).json["data"]["attributes"]
        assert after == {**before, "tests_skipping": expected}
        desktop.open(demo.client.url + identity("test_rates"))
        assert ("switched off for this service" in text_of(desktop, "#why")) != expected


def test_why_is_asked_at_another_commit_by_keys(
    demo: Demo, desktop: Browser, identity: Callable[[str], str]
) -> None:
    first = demo.project.git("rev-list", "--max-parents=0", "HEAD").decode().strip()
    desktop.open(demo.client.url + identity("test_is_fast_with_a_million_articles"))
    assert "Runs" in text_of(desktop, "#why")
    keyboard = Keyboard(desktop)
    keyboard.tab_to("commit")
    keyboard.press(first)
    keyboard.follow()
    assert f"May be left out at {first[:10]}" in text_of(desktop, "#why")
    assert desktop.complaints() == []


def test_failures_are_unfolded_by_keys_and_crash_stacks_are_whole(demo: Demo, desktop: Browser) -> None:
    desktop.open(demo.client.url + "/sessions/7019?status=fail")
    stacks = desktop.run("return [...document.querySelectorAll('details pre')].map(p => p.textContent)")
    assert any("#0  resize_half (image=0x0) at native/resize.c:41\n#1" in stack for stack in stacks)
    keyboard = Keyboard(desktop)
    closed = "return [...document.querySelectorAll('details')].filter(d => !d.open).length"
    before = desktop.run(closed)
    assert before == 1
    for _ in range(60):
        keyboard.press(Keys.TAB)
        if desktop.run("return document.activeElement.matches('details:not([open])>summary')"):
            break
    keyboard.press(Keys.ENTER)
    assert desktop.run(closed) == 0


def text_of(browser: Browser, selector: str) -> str:
    return str(browser.run("return document.querySelector(arguments[0]).textContent", selector))


def test_the_page_of_a_test_says_why_and_shows_retries_and_history(
    demo: Demo, desktop: Browser, identity: Callable[[str], str]
) -> None:
    desktop.open(demo.client.url + identity("test_is_fast_with_a_million_articles"))
    why = text_of(desktop, "#why")
    assert re.search(
        r"Runs at \w{10}: shop/search\.py changed between \w{10} and \w{10}\. Its run of \d+ days ago", why
    )
    desktop.open(demo.client.url + identity("test_an_empty_cart_costs_nothing"))
    assert re.search(
        r"May be left out at (\w{10}): it passed at \1, this very commit", text_of(desktop, "#why")
    )
    desktop.open(demo.client.url + identity("test_card_is_charged_once"))
    assert "flaky \u00d7 " in text_of(desktop, ".top")
    assert "7 failed" in text_of(desktop, ".bars>title")
    assert desktop.run("return document.querySelectorAll('.bars>g').length") == 26
    assert "retry" in text_of(desktop, "tbody tr .badge")
    exact = desktop.run("return document.querySelector('tbody time').title")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", exact)


def test_the_page_of_a_file_shows_the_tests_of_each_line(demo: Demo, desktop: Browser) -> None:
    desktop.open(demo.client.url + "/files/shop/cart.py#L7")
    rows = desktop.run(
        "return [...document.querySelector('table').tBodies[0].rows].map(row =>"
        " [[...row.querySelectorAll('.line')].map(l => +l.dataset.line), row.querySelectorAll('li').length])"
    )
    assert rows == [[[1, 2, 3], 7], [[4], 0], [[5, 6], 7], [[7], 0], [[8], 7], [[9], 0], [[10, 11, 12], 4]]
    assert text_of(desktop, "#L7") == '            raise ValueError("count must be positive")\n'


HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;",
    "long": "x" * 10_000,
    "words": "word " * 2_000,
    "backwards": "test_\u202egnp.exe_\u05d0\u05d1\u05d2",
    "control": "test_\x01\x1b[31mred\x7f\x08_\u200b",
    "signs": "test_\U0001f600_e\u0301_\ufdfd",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_are_texts_and_break_no_page(name: str, served: Client, browser: Browser) -> None:
    meta = dict.fromkeys(("test.suite", "test.module", "error.type", "error.message", "error.stack"), name)
    meta |= {"test.skip_reason": name, "test.codeowners": name, "test.source.file": "tests/" + name}
    event = attempt_event(5, 1, name, "fail", **meta, **{"test.parameters": json.dumps({"value": name})})
    event["content"]["service"] = name
    end = session_event(5, "fail")
    end["content"]["service"] = name
    tags = run_tags(
        "a" * 40, **{"git.branch": name, "git.commit.message": name, "test.command": name, "env": name}
    )
    assert served.events([event, end], tags).status == 202
    assert served.coverages([coverage(5, 1, {"lib/" + name: (1, 2)})]).status == 202
    test = served.get("/api/alibi/v1/tests").json["tests"][0]["id"]
    browser.look(PHONE)
    for path in ("/", "/sessions/5", "/tests", f"/tests/{test}", "/files", "/saved", "/settings"):
        browser.complaints()
        browser.open(served.url + path)
        assert browser.run("return document.querySelectorAll('script,img,main [onerror]').length") == 0, path
        assert browser.run("return document.scrollingElement.scrollWidth") <= PHONE, path
        assert browser.complaints() == [], path
        text = browser.run("return document.body.textContent")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", text), path
        visible = name.replace("\x01", "␁").replace("\x1b", "␛").replace("\x7f", "␡").replace("\x08", "␈")
        assert visible[:50] in text, path
    browser.open(served.url + "/tests")
    if len(name) > 5_000:
        assert len(browser.run("return document.querySelector('a.test').textContent")) < 400
    height = browser.run("return document.documentElement.scrollHeight")
    assert height < 3_000


def test_a_name_that_runs_backwards_turns_nothing_else_around(served: Client, browser: Browser) -> None:
    served.events([attempt_event(5, 1, HOSTILE["backwards"], "pass", **{"test.is_new": "true"})])
    browser.look()
    browser.open(served.url + "/sessions/5")
    between = browser.run(
        "const [name, badge] = ['a.test', 'td .badge'].map(s =>"
        " document.querySelector(s).getBoundingClientRect()); return badge.left - name.right"
    )
    assert between >= 0


def test_without_data_pages_say_what_to_do(served: Client, browser: Browser) -> None:
    for width, scheme in LOOKS:
        browser.look(width, scheme)
        for path, said in (("/", "DD_CIVISIBILITY_AGENTLESS_URL=" + served.url), ("/tests", "how to begin"),
                           ("/files", "No file is known yet"), ("/saved", "Nothing has been left out yet"),
                           ("/settings", "There is no service yet")):  # fmt: skip
            browser.open(served.url + path)
            assert said in text_of(browser, "main"), path
            assert browser.run("return document.scrollingElement.scrollWidth") <= width
        browser.open(served.url + "/")
        browser.shot("empty")


def test_pages_of_other_kinds_are_kept_out(demo: Demo) -> None:
    reply: Any = demo.client.get("/")
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert demo.client.get("/nowhere").headers["Content-Type"].startswith("application/json")
    found = demo.client.get("/nowhere", Accept="text/html")
    assert (found.status, found.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
