"""Code whose lines the scenarios count: every construct that made some line collector lose a line once."""

# ruff: noqa
# fmt: off

import asyncio
import contextlib
import threading
import time


def plain(x):
    a = x
    if a > 1:
        b = 1
    else:
        b = 2
    return b


def threads():
    out = []

    def work(n):
        for i in range(n):
            out.append(i)
            time.sleep(0)
        return None

    started = [threading.Thread(target=work, args=(3,)) for _ in range(3)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return len(out)


def generator(n):
    i = 0
    while i < n:
        yield i
        i += 1
    done = True
    return done


class Iterable:
    def __iter__(self):
        for k in (1, 2):
            try:
                yield k
            finally:
                z = k
        return z


async def coroutine(n):
    await asyncio.sleep(0)
    if n:
        r = await coroutine(n - 1)
    else:
        r = 7
    async for v in async_generator():
        r += v
    async with async_context() as q:
        r += q
    return r


async def async_generator():
    for i in range(2):
        yield i


@contextlib.asynccontextmanager
async def async_context():
    yield 3


def exceptions(n):
    try:
        if n == 0:
            raise ValueError(
                "x"
            )
        d = {}
        d["nope"]
        d = 1
    except ValueError as e:
        s = str(e)
    except KeyError:
        s = "k"
    finally:
        d = 1
    with contextlib.suppress(ZeroDivisionError):
        d = 1 / 0
        s = 2
    return s, d


def recursion(n):
    if n == 0:
        return 0
    return 1 + recursion(n - 1)


def comprehensions(xs):
    a = [x * 2
         for x in xs
         if x]
    b = {k: v for k, v in zip(a, a)}
    f = lambda q: (
        q + 1)
    return sum(map(f, a)), b


def multi_line(a,
               b=1):
    return plain(
        a
    ) + plain(
        b)


class Class:
    attribute = 1

    def nested(self):
        class Inner:
            z = 2

            def method(self):
                return self.z

        return Inner().method()

    @property
    def property(self):
        return self.attribute


def continued():
    g = globals()
    return g["plain"](1) \
        + g["plain"](5)


def while_else(n):
    while n:
        n -= 1
        if n == 3:
            break
    else:
        return "e"
    return "b"


def finalizer():
    class T:
        def __del__(self):
            k = 1
            del k

    t = T()
    t = 2
    return t


def one_line_loop(n):
    while n: n -= 1
    return [i
            for i in range(3)], n


def nested_functions(n):
    def inner(x): return x + n
    return inner(1)


def try_finally(n):
    for i in range(n):
        try:
            if i == 1:
                continue
            if i == 3:
                break
        finally:
            n -= 0
    else:
        n = -1
    return n


def recursion_error():
    def deeper():
        return deeper()
    try:
        deeper()
    except RecursionError:
        return 1


def one(x): return x + 1
short = lambda x: x * 2
def one_generator(n): yield n


def hot(n):
    total = 0
    for i in range(n):
        if i % 3 == 0:
            continue
        total += one(i)
    return total
