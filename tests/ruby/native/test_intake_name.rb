# frozen_string_literal: true

require "minitest/autorun"
require_relative "../../../ruby_ext/lib/testalibi/intake_name"

# What differs from run to run in a name is a word there, as the service knows it from the vendor's client.
class TestIntakeName < Minitest::Test
  SAME = ["", "User logs in with a valid password", "feature flag [beta] is enabled", "renders {template}", "is a Time",
          "be_kind_of Admin::User", "record=:Article", "record=(id: integer)", "Article (see above)", "version 1.2.3..4",
          "calls Article(id)", "#<", "#<>", "#<User\n>", "at 10:11:12", "on 26-07-09", "12026-07-09", "a..z", "x1..2",
          "1..2x", "[beta]", "[x => y]", "{a b: 1}", "Thu 9 July 2026", "Article(id: integer", "naïve ☃ [☃]"].freeze
  OBJECTS = {
    "eq #<User:0x000000010 @id=1>" => "eq OBJECT:User", "eq #<Admin::User:0x01>" => "eq OBJECT:Admin::User",
    "#<User>" => "OBJECT:User", "#<User id: 1>" => "OBJECT", "#<struct a=1>" => "OBJECT",
    "#<User:0x1 @post=#<Post:0x2>>" => "OBJECT:User>", "#<a> and #<B:1>" => "OBJECT and OBJECT:B",
    "#<Class:User>" => "CLASS:User", "#<Class:0x00ab>" => "CLASS", "#<Class:User id>" => "CLASS:User",
    "#<Class:#<User:0x1>>" => "OBJECT:Class>", "#<Date: 2026-07-09 ((2461231j,0s,0n),+0s,2299161j)>" => "DATE",
    "#<DateTime: 2026-07-09T10:11:12+00:00 ((1j))>" => "TIME", "#<Time:0x1>" => "TIME", "#<Timecop:0x1>" => "OBJECT:Timecop",
    "#<A\n#<B:1>" => "#<A\nOBJECT:B"
  }.freeze
  CLASSES = {
    "Article(id: integer)" => "Article", "Admin::Article(id: integer, title: string)" => "Admin::Article",
    "Article(id: integer, any: boolean, ... tag_list: )" => "Article", "of Article(... id: integer) too" => "of Article too",
    "Article (call 'Article.connection' to establish a connection)" => "Article",
    "Admin::Article (call 'Article.connection' to establish a connection)" => "Admin::Article",
    "Badmin::Article (call 'min::Article.connection' to establish a connection)" =>
      "Badmin::Article (call 'min::Article.connection' to establish a connection)",
    "Article (call 'Other.connection' to establish a connection)" =>
      "Article (call 'Other.connection' to establish a connection)"
  }.freeze
  LITERALS = {
    "eq [1, 2, 3]" => "eq ARRAY", "eq []" => "eq ARRAY", "eq [ ]" => "eq ARRAY", "[[1], [:b]]" => "[ARRAY, ARRAY]",
    "[nil]" => "ARRAY", "[nilly]" => "[nilly]", "[-1]" => "ARRAY", "[\"a\"]" => "ARRAY", "[see, below]" => "ARRAY",
    "[#<User:0x1>]" => "[OBJECT:User]", "[#{"1," * 150}]" => "ARRAY", "[#{"1," * 150}1]" => "[#{"1," * 150}1]",
    "eq {:a=>1, :b=>2}" => "eq HASH", "{user_id: 1}" => "HASH", "{}" => "HASH", "{\"a\": 1}" => "HASH", "{1 => {}}" => "{1 => HASH}",
    "{a, b: 1}" => "HASH", "[{a: 1}]" => "ARRAY"
  }.freeze
  MOMENTS = {
    "expires on 2026-07-09" => "expires on DATE", "on Thu, 09 Jul 2026" => "on DATE", "Thu 9 Jul 2026!" => "DATE!",
    "at 2026-07-09 10:11:12 +0200" => "at TIME", "2026-07-09T10:11:12Z" => "TIME", "2026-07-09 10:11:12.123456 UTC" => "TIME",
    "Thu, 09 Jul 2026 10:11:12 CEST" => "TIME", "Thu, 09 Jul 2026 10:11:12 +02:00" => "TIME",
    "2026-07-09 10:11" => "DATE 10:11", "2026-07-09-x" => "DATE-x"
  }.freeze
  RANGES = {
    "eq 1..10" => "eq RANGE", ":a...:z" => "RANGE", "2026-07-09..2026-07-10" => "RANGE", "-1.5 .. 2.5, x" => "RANGE, x",
    "(\"a\"..'b')" => "(RANGE)", "1..2 and 3..4" => "RANGE and RANGE", "1....2" => "1....2", "1..2\n3..4" => "RANGE\nRANGE"
  }.freeze
  TABLE = { **SAME.to_h { |name| [name, name] }, **OBJECTS, **CLASSES, **LITERALS, **MOMENTS, **RANGES }.freeze

  def test_that_what_differs_from_run_to_run_is_a_word
    TABLE.each { |name, expected| assert_equal expected, Testalibi::IntakeName.of(name), name }
  end

  def test_that_a_name_that_is_no_text_stays
    ["\xFF [1]", "[1]".encode("UTF-16LE"), "\xFF\xFE".b].each { |name| assert_equal name, Testalibi::IntakeName.of(name) }
  end

  def test_that_the_callers_name_stays_as_it_was
    assert_equal "x DATE", Testalibi::IntakeName.of(String.new("x 2026-07-09").freeze)
  end

  PARTS = ["#<", "#<Date:", "#<A::", "#<Class:A ", "#<Class:0x1", "A::", "A", "A(a: ", "A(a: b, ", "A(a:\n", "A (call 'A", "[", "[1,", "{", "{a",
           "{,", "\"", "'\"", "1", "1..", "1 ", " ", "\n", "1.", ":a..", ":a", "2026-07-09 ", "Mon, ", "Mon 1 Jan 2026 ", "-", "a:", ", ", "☃", "#<☃"].freeze
  LENGTH = 100_000

  # With time that grows as its square: minutes for some of these.
  def test_that_no_name_takes_long
    hostile = PARTS.flat_map { |part| [part * (LENGTH / part.size), "#{part * (LENGTH / part.size)}> ) ] } \" 1"] }
    hostile.concat(PARTS.map { |part| "#{part * (LENGTH / 2 / part.size)}A(a: #<A #{" " * (LENGTH / 2)}" })
    hostile << "#{"#<Date " * (LENGTH / 7)}#<Date>" << "A(a: " * (LENGTH / 5) + ", B)" << "A(b: #{"(" * LENGTH}\n"
    hostile.each do |name|
      began = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
      Testalibi::IntakeName.of(name)
      spent = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - began
      assert_operator spent, :<, 1.5, "#{name[0, 20]}…#{name[-20..]}"
    end
  end
end
