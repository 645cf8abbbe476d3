# frozen_string_literal: true

# Code of every shape that raises line events in its own way. Run by scenarios.rb.
require "set"

class Base
  LIMIT = 3
  attr_reader :ar
  attr_writer :aa

  S = Struct.new(:a, :b)
  include Comparable

  def initialize(ar = 1)
    @ar = ar
  end

  def <=>(other)
    ar <=> other.ar
  end

  def endless = 43

  def empty; end

  def one_liner() ; [1, 2].sum ; end

  def defarg(a = LIMIT,
             b = a + 1)
    [a,
     b]
  end

  def keywords(a:, b: a +
                      1, **rest)
    [a, b, rest]
  end

  def loopy(n)
    i = 0
    while i < n
      i = step(i)
    end
    i
  end

  def step(i)
    i + 1
  end

  define_method(:dm) do |x = 1|
    x + 1
  end

  def raiser
    raise "x"
  rescue RuntimeError => e
    e.message
  else
    1
  ensure
    @ar = 2
  end

  def retried
    tries ||= 0
    tries += 1
    raise "x" if tries < 3
    tries
  rescue StandardError
    retry
  end

  def fiber
    Fiber.new do
      x = 1
      Fiber.yield x
      2
    end.resume
  end

  def enumerated
    e = [1, 2].each
    e.next
    e.next
  end

  def external
    Enumerator.new do |y|
      y << 1
      y << 2
    end.next
  end

  # Ruby's own methods that are written in Ruby: their events go off too, and their answers stay.
  def builtins
    found = [0.zero?, 1.zero?, 1.then { |x| x + 1 }, [3, 4].first, [3, 4].last(1), Integer("3"), 1.clone, 2.tap { |x| x }]
    found << "ab".unpack1("a") << Dir.open(".", &:class) << Float("1.5") << nil.to_a.first << self.class.name
    raise found.inspect unless found == [true, false, 2, 3, [4], 3, 1, 2, "a", Dir, 1.5, nil, "Base"]
  end

  def outer(count)
    total = 0
    count.times do
      total += 1
      total
    end
    [total]
  end

  def lazy
    (1..Float::INFINITY).lazy.map do |x|
      x * 2
    end.first(2)
  end

  def thread
    Thread.new { step(3) }.join
  end

  def evaluated
    instance_eval("step(1)\nstep(2)", __FILE__, __LINE__)
  end

  def nameless
    eval("[1].map { |x|\n x + 1\n}")
  end

  def casey(x)
    case x
    when 1 then :one
    when String
      :s
    else
      :other
    end
  end

  def matched(x)
    case x
    in [Integer => a, *]
      a
    in { k: }
      k
    else
      nil
    end
  end

  def caught
    catch(:done) do
      10.times do |i|
        throw :done, i if i == 3
      end
    end
  end

  def multi
    [
      1,
      step(2),
      {
        a: step(3)
      }
    ]
  end

  def method_missing(name, *arguments, &block)
    return super unless name == :magic
    block ? block.call(*arguments) : arguments
  end

  def respond_to_missing?(name, all = false)
    name == :magic || super
  end

  def ternary(x)
    x ?
      1 :
      2
  end

  def conditions(x)
    return 1 if x.nil?
    return 2 unless x
    x && x.to_s ||
      "none"
  end

  def heredoc(x)
    <<~TEXT
      a #{x}
      b #{step(1)}
    TEXT
  end

  def blocks
    [3, 1].sort_by { |x| -x }
          .map { |x| x + 1 }
          .each_with_object([]) do |x, all|
      all << x
    end
  end

  def numbered
    [1, 2].map { _1 + 1 }
  end

  def yielding
    yield 1
    yield 2
  end

  def procs
    square = ->(x) { x * x }
    double = proc do |x|
      x * 2
    end
    [square, double].map { |each| each.call(3) }
  end

  def recursive(n)
    return 1 if n <= 1
    n * recursive(n - 1)
  end

  class << self
    def made(*arguments)
      new(*arguments)
    end
  end
end

module Refined
  refine String do
    def shout
      upcase + "!"
    end
  end
end

module UsesRefinement
  using Refined
  def self.go
    "a".shout
  end
end

BLOCK = [1].map do |x|
  x + 1
end

def top(x)
  yield x
end
