"""The shop puts recipes, pantry and wages together."""

import os
from typing import Optional

from bakery.pantry import Pantry
from bakery.recipes import MENU

HOURLY_WAGE = 18.0


def currency() -> str:
    return os.environ.get("BAKERY_CURRENCY", "EUR")


def discount(pieces: int) -> float:
    if pieces >= 50:
        return 0.2
    if pieces >= 10:
        return 0.1
    return 0.0


class Shop:
    margin = 1.3

    def __init__(self, pantry: Optional[Pantry] = None) -> None:
        self._pantry = pantry or Pantry()

    def cost(self, name: str) -> float:
        cake = MENU[name]()
        flour = self._pantry.price_per_kg(cake.flour) * cake.flour_kg * cake.layers
        return (flour + cake.hours() * HOURLY_WAGE) * self.margin

    def price_of(self, name: str, pieces: int = 1) -> str:
        if name == "wedding":
            from bakery import wedding  # large, and seldom needed

            return f"{wedding.price(self):.2f} {currency()}"
        total = self.cost(name) * pieces * (1 - discount(pieces))
        return f"{total:.2f} {currency()}"
