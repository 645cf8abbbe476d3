# frozen_string_literal: true

# What ruby_line_worker.rb runs: loops that run hot, and many lines of which none runs twice.
module HotLoops
  class Point
    attr_reader :x, :y

    def initialize(x, y)
      @x = x
      @y = y
    end

    def plus(other)
      Point.new(@x + other.x, @y + other.y)
    end

    def norm
      @x * @x + @y * @y
    end
  end

  class << self
    def objects(count)
      total = Point.new(0, 0)
      step = Point.new(1, 2)
      count.times do
        total = total.plus(step)
        total = step if total.norm > 1e9
      end
      total.x
    end

    def trees(depth)
      return [nil, nil] if depth.zero?

      depth -= 1
      [trees(depth), trees(depth)]
    end

    def recursion(number)
      return number if number < 2

      recursion(number - 1) + recursion(number - 2)
    end

    def sieve(size)
      flags = Array.new(size, true)
      number = 2
      while number * number < size
        if flags[number]
          multiple = number * number
          while multiple < size
            flags[multiple] = false
            multiple += number
          end
        end
        number += 1
      end
      flags.count(true)
    end

    def nbody(steps)
      bodies = [[0.0, 0.0, 0.0, 0.1, 39.47], [4.84, -1.16, 0.6, 2.81, 0.037], [8.34, 4.12, -1.01, 1.82, 0.011]]
      steps.times do
        bodies.combination(2) do |one, other|
          dx = one[0] - other[0]
          dy = one[1] - other[1]
          force = 0.01 / Math.sqrt(dx * dx + dy * dy + 0.01)**3
          one[2] -= dx * other[4] * force
          one[3] -= dy * other[4] * force
          other[2] += dx * one[4] * force
          other[3] += dy * one[4] * force
        end
        bodies.each do |body|
          body[0] += 0.01 * body[2]
          body[1] += 0.01 * body[3]
        end
      end
      bodies[0][0]
    end

    def texts(count)
      words = {}
      count.times do |number|
        word = "w#{number % 97}"
        words[word] = (words[word] || 0) + 1
      end
      words.size
    end
  end

  ALL = {
    "objects" => -> { objects(60_000) },
    "trees" => -> { trees(14) },
    "recursion" => -> { recursion(21) },
    "sieve" => -> { sieve(200_000) },
    "nbody" => -> { nbody(8_000) },
    "texts" => -> { texts(60_000) }
  }.freeze
end
