# frozen_string_literal: true

module Testalibi
  module Minitest
    # Arguments of Minitest's command line. Looked at twice: by hand when recording starts before Minitest reads its
    # arguments, and through Minitest's own parser.
    module Switches
      ON = "--alibi"
      # Arguments that switch something off -> the variable that does the same.
      VARIABLES = { "--alibi-noselect" => "ALIBI_NOSELECT", "--alibi-nocollect" => "ALIBI_NOCOLLECT" }.freeze

      module_function

      # The given ones among arguments.
      def of(arguments) = arguments & [ON, *VARIABLES.keys]

      def define(parser, options)
        given = options[:alibi] = []
        parser.on(ON, "Record evidence, and leave out tests that no change can break (or ALIBI=1).") { given << ON }
        parser.on("--alibi-noselect", "Record, and run all tests.") { given << "--alibi-noselect" }
        parser.on("--alibi-nocollect", "Leave tests out, and record nothing.") { given << "--alibi-nocollect" }
      end

      def environ(given) = ENV.to_h.merge(VARIABLES.slice(*given).to_h { |_, name| [name, "1"] })
    end
  end
end
