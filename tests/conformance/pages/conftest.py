"""Debian's Chromium, headless, and servers with something to show."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "serve"), str(HERE.parent.parent / "support")]
from demo import Demo  # noqa: E402

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError as missing:
    raise pytest.UsageError("scripts/packages.txt lists what these tests need as `browser`") from missing
from serving import serving  # noqa: E402
from wire import Client  # noqa: E402

ROOT = HERE.parent.parent.parent
BUILD = Path(os.environ["ALIBI_BUILD"])
ALIBI = str(BUILD / "collector" / "cli" / "alibi")
SHOTS = ROOT / "build" / "screenshots"
DESKTOP, PHONE = 1280, 390


class Browser:
    """One tab; knows what the pages said to its console and what they asked of the network."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def look(self, width: int = DESKTOP, scheme: str = "light") -> None:
        self.width, self.scheme = width, scheme
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        self._size(width, 844)

    def _size(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width == PHONE}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def open(self, url: str) -> None:
        self.driver.get(url)

    def run(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def shot(self, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        self._size(self.width, min(self.run("return document.documentElement.scrollHeight"), 3000))
        self.driver.save_screenshot(str(SHOTS / f"{name}-{self.width}-{self.scheme}.png"))
        self._size(self.width, 844)

    def complaints(self) -> list[str]:
        """What the console has heard since it was last asked, violations of the policy among it."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
    ):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    try:
        yield Browser(driver)
    finally:
        driver.quit()


@pytest.fixture
def desktop(browser: Browser) -> Browser:
    browser.look()
    browser.open("about:blank")
    browser.complaints()
    return browser


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    checkout = folder / "shop"
    checkout.mkdir()
    with serving(ALIBI, folder / "store", "--source", str(checkout)) as url:
        filled = Demo(Client(url), checkout, time.time_ns())
        filled.fill()
        yield filled


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Client]:
    with serving(ALIBI, tmp_path / "store") as url:
        yield Client(url)


@pytest.fixture(scope="session")
def identity(demo: Demo) -> Callable[[str], str]:
    """The address of the page of the test with this name."""
    tests = demo.client.get("/api/alibi/v1/tests").json["tests"]
    return lambda name: next(f"/tests/{test['id']}" for test in tests if test["name"] == name)
