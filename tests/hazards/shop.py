"""The project that the rules R1 to R11 are tried on, and edits of it. Each test file rests on other parts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cases
from cases import Content, added, changed, on_top
from pytest_runs import Run, Starter

FILES: dict[str, Content] = {
    "pytest.ini": "[pytest]\n",
    "shop/__init__.py": "from shop.prices import price_of\n",
    "shop/prices.py": '''
        """Prices."""
        from shop.rates import TAX

        PRICES = {"tea": 3, "milk": 2}

        def price_of(name):
            """
            >>> price_of("tea")
            3
            """
            return PRICES[name]

        def with_tax(name):
            return price_of(name) * TAX

        def unused():
            return 0
    ''',
    "shop/rates.py": "TAX = 2\nDISCOUNT = 1\n",
    "shop/cart.py": """
        from shop.prices import price_of

        class Cart:
            limit = 3

            def __init__(self):
                self.names = []

            def add(self, name):
                if len(self.names) == self.limit:
                    raise OverflowError(name)
                self.names.append(name)

            def total(self):
                return sum(price_of(name) for name in self.names)
    """,
    "shop/stock.py": """
        import functools
        import json
        import os

        @functools.lru_cache()
        def stock():
            with open(os.path.join(os.path.dirname(__file__), "stock.json")) as file:
                return json.load(file)

        def in_stock(name):
            return stock().get(name, 0)
    """,
    "shop/stock.json": '{"tea": 1}',
    "conftest.py": """
        import pytest
        from shop.cart import Cart

        @pytest.fixture(scope="session")
        def full_cart():
            cart = Cart()
            for name in ("tea", "tea", "milk"):
                cart.add(name)
            return cart
    """,
    "tests/test_prices.py": """
        import pytest
        from shop import price_of
        from shop.prices import with_tax

        @pytest.mark.parametrize("name, price", [("tea", 3), ("milk", 2)])
        def test_price(name, price):
            assert price_of(name) == price

        def test_tax():
            assert with_tax("tea") == 6
    """,
    "tests/test_cart.py": """
        def test_total(full_cart):
            assert full_cart.total() == 8

        def test_names(full_cart):
            assert full_cart.names == ["tea", "tea", "milk"]

        def test_limit():
            from shop.cart import Cart
            assert Cart.limit == 3
    """,
    "tests/test_stock.py": """
        import os
        import unittest
        from shop.stock import in_stock

        class TestStock(unittest.TestCase):
            def test_tea(self):
                self.assertEqual(in_stock("tea"), 1)

            def test_milk(self):
                self.assertEqual(in_stock("milk"), 0)

        def test_environment():
            assert os.environ.get("SHOP_OPEN", "yes") == "yes"
    """,
    "tests/test_text.txt": """
        >>> from shop.rates import DISCOUNT
        >>> DISCOUNT
        1
    """,
    "tests/test_plain.py": "def test_plain():\n    assert True\n",
}

# Independent of each other: they may be made one after the other, in any order.
EDITS: dict[str, Mapping[str, Content]] = {
    "a price": {"shop/prices.py": changed('"tea": 3', '"tea": 4')},
    "a rate": {"shop/rates.py": changed("TAX = 2", "TAX = 3")},
    "the discount": {"shop/rates.py": changed("DISCOUNT = 1", "DISCOUNT = 2")},
    "the limit": {"shop/cart.py": changed("limit = 3", "limit = 2")},
    "the total": {"shop/cart.py": changed("return sum(", "return 1 + sum(")},
    "the stock": {"shop/stock.json": '{"milk": 1}'},
    "a body that nothing runs": {"shop/prices.py": changed("return 0", "return 1")},
    "a comment": {"shop/cart.py": on_top("# licence\n")},
    "a new test": {"tests/test_plain.py": added("\ndef test_more():\n    assert True\n")},
    "a test that fails": {"tests/test_plain.py": changed("assert True", "assert False")},
    "a new function": {"shop/stock.py": added("\ndef more():\n    pass\n")},
    "a fixture": {"conftest.py": changed('"tea", "tea", "milk"', '"tea", "milk"')},
}
# Leave every test passing, and are noticed by some of them.
PASSING: dict[str, Mapping[str, Content]] = {
    "one way": {
        "shop/prices.py": changed("return PRICES[name]", "return PRICES.get(name, 0)"),
        "shop/cart.py": changed("limit = 3", "limit = int('3')"),
    },
    "another": {
        "shop/prices.py": changed("return PRICES[name]", "return dict(PRICES)[name]"),
        "shop/rates.py": changed("DISCOUNT = 1", "DISCOUNT = True + 0"),
    },
}


@dataclass
class Shop:
    """The project in a folder, and runs of it."""

    folder: Path
    starter: Starter

    def write(self, *edits: Mapping[str, Content]) -> Shop:
        for edit in edits:
            cases.write(self.folder, edit)
        return self

    def plain(self, *arguments: str, **environment: str) -> Run:
        return self.starter.run(self.folder, ["--doctest-modules", *arguments], environment)

    def alibi(self, *arguments: str, **environment: str) -> Run:
        return self.starter.run(self.folder, ["--doctest-modules", "--alibi", *arguments], environment)

    def looked_at(self, *arguments: str, **environment: str) -> Run:
        """Selects and records nothing."""
        return self.alibi("--alibi-nocollect", *arguments, **environment)

    def copy(self, folder: Path) -> Shop:
        """With its data folder."""
        shutil.copytree(self.folder, folder)
        return Shop(folder, self.starter)


def failures(run: Run) -> set[str]:
    return {test for test, outcome in run.outcomes.items() if outcome == "failed"} | set(run.broken)


def edited(*names: str) -> list:
    return [EDITS[name] for name in names]


def disturbance(**what: object) -> str:
    return json.dumps(what)


def assert_nothing(run: Run) -> None:
    assert not run.tests, run.text
    assert run.status == 0, run.text


def assert_no_fewer_failures(shop: Shop) -> None:
    selected, full = shop.alibi(), shop.plain()
    assert failures(selected) == failures(full), selected.text
    assert selected.status == full.status, selected.text
