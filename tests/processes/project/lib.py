"""What every child runs; whatever way it ends, all of this has run before."""


def step(number):
    if number % 2:
        return 3 * number + 1
    return number // 2


def work(number):
    length = 0
    while number != 1:
        number = step(number)
        length += 1
    return length
