# frozen_string_literal: true

require "json"

# Writes the files that RSpec would load, as one JSON list, and loads none of them; for `alibi plan`. As a program with
# RSpec's arguments it reads option files and loads nothing of the project; required by RSpec it comes after the
# project's own helpers, which may have configured more.
module AlibiRspecFiles
  OUTPUT = ENV.delete("ALIBI_DISCOVERY")
  OF_FILES = %i[default_path files_or_directories_to_run pattern exclude_pattern].freeze # in this order

  class << self
    def configured(arguments)
      $PROGRAM_NAME = "rspec" # only as such it has a default path
      options = RSpec::Core::ConfigurationOptions.new(arguments).options
      RSpec::Core::Configuration.new.tap do |configuration|
        OF_FILES.each { |name| configuration.public_send("#{name}=", options[name] || []) if options.key?(name) || name == OF_FILES[1] }
      end
    end

    def write(configuration)
      here = Pathname.new(Dir.pwd)
      files = configuration.files_to_run.map { |file| Pathname.new(File.expand_path(file)).relative_path_from(here).to_s }
      File.write(OUTPUT, JSON.generate(files))
    end
  end
end

require "pathname"
if $PROGRAM_NAME == __FILE__
  require "rspec/core"
  AlibiRspecFiles.write(AlibiRspecFiles.configured(ARGV))
else
  AlibiRspecFiles.write(RSpec.configuration)
  exit!(0) # nothing ran that the project's helpers would have to report
end
