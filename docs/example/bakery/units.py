"""Weights and how to write them."""

GRAMS_PER_POUND = 453.592


def pounds(grams: float) -> float:
    """Converts to pounds.

    >>> round(pounds(1000), 2)
    2.2
    """
    return grams / GRAMS_PER_POUND


def in_words(grams: float) -> str:
    """Writes a weight as a person would.

    >>> in_words(250)
    '250 g'
    >>> in_words(1500)
    '1.5 kg'
    """
    if grams >= 1000:
        return f"{grams / 1000:g} kg"
    return f"{grams:g} g"
