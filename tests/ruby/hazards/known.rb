# frozen_string_literal: true

# What runs while files are loaded is known for the names that it binds. All else that it does may matter to any test.
LOADS = "what a statement does at load beyond its own names (through a block, a call, include) counts for all tests"
HOOKED = "a class below one with the hook inherited may be kept anywhere, so its definition counts for all tests"
ORDERED = "the required files change more than their own names, so where they are required counts for all tests"
LISTED = "a folder that is listed at load, to require its files, counts for all tests"
LOOKED_FOR = "a feature that was looked for at load is an import of all tests"
READERS = "one attr_reader of several names is one statement: who asks for one of them rests on all their variables"
OF_LIBRARY = "a new method of a class below a library's class or module may be called by the library for every test that uses the class"
FIXTURES = "with all fixtures each test's set-up asks for every model by name, so it rests on what their bodies run"
VIEWS = "ActionView keeps what folders of views hold for later tests, so their listings count for all tests"

# Tests that run without need: id => cause.
KNOWN_OVER = {
  "mixins: included hook" => LOADS, "classes: registered by a word of the class" => LOADS, "state: table that is computed at load" => LOADS,
  "state: table filled by a block at load" => LOADS, "rspec: values of examples made from a table" => LOADS,
  "rspec: examples made from a list elsewhere" => LOADS,
  "classes: registered by inherited" => HOOKED, "classes: subclass registered in a file of its own" => HOOKED,
  "state: order of requires" => ORDERED,
  "inputs: folder of plugins that are required at load" => LISTED, "constants: missing constant appears in a new file" => LISTED,
  "state: file that could not be required appears" => LOOKED_FOR,
  "state: instance variable of a class set at load" => READERS,
  "mixins: concern: a method overridden in the class" => OF_LIBRARY,
  "rails: nothing of a method that nobody calls" => "#{OF_LIBRARY}; #{FIXTURES}",
  "rails: concern, included do (lazy)" => FIXTURES, "rails: concern, included do (eager)" => FIXTURES, "rails: enum (lazy)" => FIXTURES,
  "rails: validates (lazy)" => FIXTURES, "rails: callback is removed (lazy)" => FIXTURES,
  "rails: nothing of a file that nobody reads" => VIEWS
}.freeze
