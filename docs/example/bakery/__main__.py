"""`python -m bakery NAME` prints what a cake costs."""

import sys

from bakery.shop import Shop


def main(arguments: list) -> int:
    for name in arguments:
        print(f"{name}: {Shop().price_of(name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
