"""What is in the pantry: read from a data file."""

import csv
import os

FLOURS = os.path.join(os.path.dirname(__file__), "flours.csv")


class Pantry:
    def __init__(self, path: str = FLOURS) -> None:
        with open(path, newline="", encoding="utf-8") as file:
            self._prices = {row["name"]: float(row["price_per_kg"]) for row in csv.DictReader(file)}

    def price_per_kg(self, flour: str) -> float:
        return self._prices[flour]

    def flours(self) -> list:
        return sorted(self._prices)
