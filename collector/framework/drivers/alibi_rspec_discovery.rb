# frozen_string_literal: true

require "json"
require "rspec/core"
require_relative "alibi_listing"
%w[testalibi/intake_name testalibi/rspec/block_name].each do |file|
  require file
rescue LoadError
  nil # names as they are
end

# `rspec --require` this: writes the examples that would run, one JSON object a line, in place of running them; for
# `alibi plan`. Where the project loads Alibi, what it leaves out is marked.
module AlibiRspecDiscovery
  DRIVER = __FILE__
  ANONYMOUS = "anonymous example"

  class << self
    include AlibiListing

    def write(world, configuration)
      tests = world.all_example_groups.flat_map do |group|
        kept = world.filtered_examples[group]
        configuration.filter_manager.prune(group.examples).map { |example| line(example, group, kept.include?(example)) }
      end
      File.write(OUTPUT, lines(tests))
    end

    private

    def line(example, group, kept)
      { name: name(example), suite: suite(example), module: "rspec", parameters: parameters(example),
        suiteSourceFile: plain(example.metadata[:rerun_file_path] || example.metadata[:file_path]),
        selector: plain(example.id), group: plain(group.id), skipped: !kept, reason: kept ? "" : REASON }
    end

    def plain(path) = path.delete_prefix("./").delete_prefix("#{Dir.pwd}/")

    def parameters(example)
      JSON.generate("arguments" => {}, "metadata" => { "scoped_id" => example.metadata[:scoped_id].to_s })
    end

    def suite(example)
      top = example.example_group.parent_groups.last
      known_as("#{top.description} at #{top.metadata[:file_path]}")
    end

    def name(example)
      top = example.example_group.parent_groups.last
      name = whole_name(example.metadata).sub(top.description.to_s, "").strip
      name.empty? ? ANONYMOUS : known_as(name)
    end

    def whole_name(metadata)
      return metadata[:full_description].to_s if metadata[:description_args].to_a.any? { |each| !each.to_s.strip.empty? }

      block = defined?(Testalibi::RSpec::BlockName) ? Testalibi::RSpec::BlockName.of(metadata[:block]) : nil
      "#{metadata[:example_group][:full_description]} #{block || ANONYMOUS}"
    end
  end

  module Loading
    def load_spec_files
      requires.delete(DRIVER) # no option of the user's
      super
      AlibiListing.restore
    end
  end
end

RSpec::Core::Configuration.prepend(AlibiRspecDiscovery::Loading)
# The method itself: what others prepend, Alibi's selection among them, comes first.
RSpec::Core::Runner.class_eval do
  alias_method :run_specs, :run_specs # without a warning

  def run_specs(_example_groups)
    AlibiRspecDiscovery.write(@world, @configuration)
    0
  end
end
