# frozen_string_literal: true

# The program: answers frames on standard input (FORMAT.md). Run as `ruby --disable-gems -W0 main.rb`.

require_relative "protocol"

# Not `exit`: that writes what is left for a reader that has gone.
exit!(Testalibi::SourceUnits::Protocol.new($stdin, $stdout, $stderr).serve) if $PROGRAM_NAME == __FILE__
