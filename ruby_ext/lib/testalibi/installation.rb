# frozen_string_literal: true

require "rbconfig"

module Testalibi
  # Where the native parts are: the extension for this Ruby, and the command `alibi`.
  module Installation
    class MissingPart < StandardError; end

    module_function

    def load_native
      raise MissingPart, "only CRuby can be recorded, this is #{RUBY_ENGINE}" unless RUBY_ENGINE == "ruby"

      folder = ENV.fetch("ALIBI_RUBY_NATIVE_DIR", nil)
      require(folder ? File.join(folder, "testalibi_native") : "testalibi/testalibi_native")
    rescue LoadError => e
      raise MissingPart, "the extension for Ruby #{RbConfig::CONFIG["ruby_version"]} cannot be loaded " \
                         "(#{e.message.lines.first.to_s.strip}); install the gem again with this Ruby"
    end

    # How a Ruby that is started joins the session: see started_process.rb.
    def for_programs
      extension = $LOADED_FEATURES.find { |path| path.end_with?("/testalibi_native.so") }
      abi = "#{RUBY_VERSION[/\A\d+\.\d+/]}-#{RUBY_PLATFORM}"
      { ruby_option: "-r#{File.expand_path("started_process.rb", __dir__)}", extension: "#{abi} #{extension}" }
    end

    # Path of the recorder for programs that are no interpreters, or nil.
    def preload
      extension = $LOADED_FEATURES.find { |path| path.end_with?("/testalibi_native.so") }
      library = File.expand_path("../libalibi_preload.so", extension) if extension
      library if library && File.file?(library)
    end

    # Path of the command, or nil.
    def command(environ = ENV)
      on_path = environ.fetch("PATH", "").split(File::PATH_SEPARATOR).map { |folder| File.join(folder, "alibi") }
      [*of_this_gem(environ), *on_path].find { |path| File.file?(path) && File.executable?(path) }
    end

    # The same for what is itself started as `alibi`: no script, because that would be a starter like it, perhaps itself.
    def binary(environ = ENV)
      of_this_gem(environ).find { |path| File.file?(path) && File.executable?(path) && File.binread(path, 2) != "#!" }
    end

    def of_this_gem(environ) = [environ["ALIBI_COMMAND"], File.expand_path("alibi", __dir__)].compact

    def interpreter = "cruby #{RUBY_VERSION}"
  end
end
