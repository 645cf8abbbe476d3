# frozen_string_literal: true

require "json"
require "cucumber/cli/main"
require "cucumber/configuration"

# With Cucumber's arguments: writes the features that it would run, by them and the profiles of cucumber.yml, as one JSON
# list, and loads nothing of the project; for `alibi plan`.
module AlibiCucumberFiles
  OUTPUT = ENV.delete("ALIBI_DISCOVERY")

  def self.write(arguments)
    command_line = Cucumber::Cli::Configuration.new($stderr, $stderr)
    command_line.parse!(arguments)
    files = Cucumber::Configuration.new(command_line).feature_files
    here = "#{Dir.pwd}/"
    names = files.map { |file| file.sub(/(?::\d+)+\z/, "").delete_prefix("./").delete_prefix(here) }
    File.write(OUTPUT, JSON.generate(names.uniq))
  end
end

AlibiCucumberFiles.write(ARGV.dup)
