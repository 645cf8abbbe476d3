"""Wedding cakes: imported only when somebody marries."""

TIERS = ("tart", "sponge", "sponge")
FIGURES = 25.0


def price(shop) -> float:
    return sum(shop.cost(tier) for tier in TIERS) + FIGURES
