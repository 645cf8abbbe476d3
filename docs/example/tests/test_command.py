import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def test_the_command_prints_prices():
    done = subprocess.run(
        [sys.executable, "-m", "bakery", "sponge"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout == "sponge: 6.63 EUR\n"
