# frozen_string_literal: true

# Joins the session of the test run that started this program: what it does from here on is evidence of that test.
#
# Loaded before anything of the program itself, by the option that recorders put in front of RUBYOPT for a Ruby that
# they start. Takes the option out again, so that the program sees the variable as it was. Requires nothing but the
# extension, says nothing, and leaves alone whatever fails.
module Testalibi
  module StartedProcess
    OPTION = %r{\A-r\S+/testalibi/started_process\.rb(?: (.*))?\z}mn.freeze
    EXTENSION = /^set ruby_extension=(.*)$/n.freeze
    LONGEST_COMMAND = 300
    MAY_REQUIRE = /\A-[^-]*r/n.freeze
    LOST_INPUT = 10

    class << self
      # Folder of the session; nil: this process has joined none.
      attr_reader :session

      def take_out_option
        found = OPTION.match(ENV["RUBYOPT"].to_s.b)
        ENV["RUBYOPT"] = found[1] if found
      end

      def join
        invitation = ENV["ALIBI_SESSION"]
        return unless invitation && RUBY_ENGINE == "ruby"

        folder = invitation.split(",", 5)[4]
        return unless File.exist?("#{folder}/outside")

        settings = File.binread("#{folder}/outside")
        require extension(settings)
        words = File.binread("/proc/self/cmdline").split("\0")
        command = words.join(" ").byteslice(0, LONGEST_COMMAND)
        return unless Native.join(invitation, "cruby #{RUBY_VERSION}", File.readlink("/proc/self/exe"), command)

        @session = folder
        at_exit { Native.close } # first in, last out: what other blocks do is recorded
        note_loaded_before(settings) if words.any? { |word| MAY_REQUIRE.match?(word) }
      end

      # Does what runs here belong to the session of another process?
      def joined? = !@session.nil? && Native.open? && File.exist?(@session)

      # A test run inside a test: what it does goes to its own session, and is lacking in the outer one.
      def leave
        Native.lose(LOST_INPUT)
        Native.close
        @session = nil
      end

      private

      # That of the session is for its Ruby; this one may be another.
      def extension(settings)
        own = "#{ENV["ALIBI_RUBY_NATIVE_DIR"] || __dir__}/testalibi_native.so"
        given = settings[EXTENSION, 1]
        return own unless given

        wanted, path = given.split(" ", 2)
        wanted == abi ? path : own
      end

      # What options of the command line require comes before RUBYOPT: nobody saw what code of the project did there,
      # and where other files would be found in the place of those that were.
      def note_loaded_before(settings)
        roots = settings.scan(/^set code_root=(.*)$/n).map { |(path)| "#{path}/" }
        excluded = settings.scan(/^set exclude=(.*)$/n).map { |(path)| "#{path}/" }
        own = $LOADED_FEATURES.any? { |path| path.b.start_with?(*roots) && !path.b.start_with?(*excluded, "#{__dir__}/".b) }
        Native.lose(LOST_INPUT) if own
        $LOAD_PATH.each { |path| Native.observe(:directory, path.to_s) if "#{path}/".b.start_with?(*roots) }
      end
    end

    # What an extension is built for.
    def self.abi = "#{RUBY_VERSION[/\A\d+\.\d+/]}-#{RUBY_PLATFORM}"

    begin
      take_out_option
      join
    rescue StandardError, LoadError
      nil # not observed, then
    end
  end
end
