# frozen_string_literal: true

# What every child runs; whatever way it ends, all of this has run before.
def step(number)
  if number.odd?
    return 3 * number + 1
  end

  number / 2
end

def work(number)
  length = 0
  while number != 1
    number = step(number)
    length += 1
  end
  length
end
