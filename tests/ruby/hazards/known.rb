# frozen_string_literal: true

STATE = "what a test leaves for later ones is known of memos with methods behind them only"
WIDE = "selected too widely; the cause of each is still to be found"

# Tests that had to run and do not: id => cause.
KNOWN_MISSES = {
  "state: cache in a constant's Hash, second user" => STATE, "state: value set by an earlier test" => STATE,
  "state: singleton object, second user" => STATE, "inputs: YAML memo, second user" => STATE
}.freeze

# Tests that run without need: id => cause.
KNOWN_OVER = [
  "mixins: included hook", "mixins: concern: a method overridden in the class", "classes: registered by a word of the class",
  "classes: registered by inherited", "classes: subclass registered in a file of its own", "state: order of requires",
  "state: table that is computed at load", "state: table filled by a block at load", "state: file that could not be required appears",
  "state: instance variable of a class set at load", "rspec: values of examples made from a table",
  "rspec: examples made from a list elsewhere", "inputs: folder of plugins that are required at load",
  "constants: missing constant appears in a new file", "rails: concern, included do (lazy)", "rails: concern, included do (eager)",
  "rails: enum (lazy)", "rails: validates (lazy)", "rails: callback is removed (lazy)",
  "rails: nothing of a method that nobody calls", "rails: nothing of a file that nobody reads"
].to_h { |id| [id, WIDE] }.freeze
