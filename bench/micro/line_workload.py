"""Writes the projects that bench/micro/python_lines.py runs: many small functions, and loops that run hot."""

from __future__ import annotations

from pathlib import Path

FUNCTIONS = 101
LINES_PER_FUNCTION = 12

_HOT = """
class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def plus(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    @property
    def norm(self):
        return self.x * self.x + self.y * self.y


def objects(count):
    total = Vector(0, 0)
    step = Vector(1, 2)
    for _ in range(count):
        total = total.plus(step)
        if total.norm > 1e9:
            total = step
    return total.x


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def fannkuch(n):
    maximum = 0
    permutation = list(range(n))
    count = [0] * n
    r = n
    while True:
        while r != 1:
            count[r - 1] = r
            r -= 1
        work = permutation[:]
        flips = 0
        while work[0]:
            k = work[0] + 1
            work[:k] = work[k - 1::-1]
            flips += 1
        if flips > maximum:
            maximum = flips
        while True:
            if r == n:
                return maximum
            permutation.insert(r, permutation.pop(0))
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1


def nbody(steps):
    bodies = [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47],
        [4.84, -1.16, -0.10, 0.6, 2.81, -0.02, 0.037],
        [8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.011],
        [12.89, -15.11, -0.22, 1.08, 0.86, -0.01, 0.0017],
        [15.37, -25.9, 0.17, 0.97, 0.59, -0.03, 0.002],
    ]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    for _ in range(steps):
        for a, b in pairs:
            dx = a[0] - b[0]
            dy = a[1] - b[1]
            dz = a[2] - b[2]
            mag = 0.01 * (dx * dx + dy * dy + dz * dz) ** -1.5
            am = a[6] * mag
            bm = b[6] * mag
            a[3] -= dx * bm
            a[4] -= dy * bm
            a[5] -= dz * bm
            b[3] += dx * am
            b[4] += dy * am
            b[5] += dz * am
        for body in bodies:
            body[0] += 0.01 * body[3]
            body[1] += 0.01 * body[4]
            body[2] += 0.01 * body[5]
    return bodies[0][0]


def look_up_constant(calls):
    vector = Vector(1, 2)
    for _ in range(calls):
        getattr(vector, "x")


def look_up_made(calls):
    vector = Vector(1, 2)
    names = ["".join(["no", "rm"]) for _ in range(10)] + ["".join(["pl", "us"]) for _ in range(10)]
    for _ in range(calls // len(names)):
        for name in names:
            getattr(vector, name, None)


LOOKUPS = {"constant name": look_up_constant, "made name": look_up_made}
LOOPS = {
    "fannkuch": lambda: fannkuch(8),
    "nbody": lambda: nbody(4000),
    "objects": lambda: objects(60000),
    "recursion": lambda: fib(20),
}
"""


def write(folder: Path) -> None:
    parts = []
    for number in range(FUNCTIONS):
        body = "\n".join(f"    a = a + {line}" for line in range(LINES_PER_FUNCTION - 2))
        parts.append(f"def function_{number}(a):\n{body}\n    return a\n")
    calls = "\n".join(f"    total = function_{number}(total)" for number in range(FUNCTIONS))
    parts.append(f"def run():\n    total = 0\n{calls}\n    return total\n")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "many_lines.py").write_text("\n\n".join(parts))
    (folder / "hot_loops.py").write_text(_HOT)
