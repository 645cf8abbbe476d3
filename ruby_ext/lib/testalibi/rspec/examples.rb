# frozen_string_literal: true

module Testalibi
  module RSpec
    # What examples are called, and which of them run whatever the evidence says.
    #
    # An example is known by "<file>::<top group>::<description>", which stays when others come before it. The file is
    # that of the group that holds it, also where a shared group defines it. One without a description is known by the
    # line that it begins on. Equal ones are numbered, and run always: the number may be another one's tomorrow.
    class Examples
      MARKS = %i[datadog_itr_unskippable].freeze

      def initialize(root)
        @root = root
        @ids = {}.compare_by_identity
        @names = {}.compare_by_identity
        @taken = Hash.new(0)
      end

      # In the order of their definition, so that equal ones keep their numbers in whatever order they run.
      def number_all(examples) = examples.each { |example| id(example) }

      # A file that is loaded a second time, to try it again, defines what it defined.
      def number_anew(examples)
        again = examples.reject { |example| @ids.key?(example) }.map { |example| "#{file(example)}::" }.uniq
        @taken.delete_if { |name, _| name.start_with?(*again) } unless again.empty?
        number_all(examples)
      end

      def id(example) = @ids[example] ||= number(@names[example] = name(example))

      def always?(example)
        metadata = example.metadata
        MARKS.any? { |mark| metadata[mark] } || metadata[:alibi] == :always || ambiguous?(example)
      end

      # Of the file that an example stands in.
      def file(example)
        path = example.metadata[:rerun_file_path] || example.metadata[:file_path]
        whole = File.expand_path(path)
        whole.start_with?("#{@root}/") ? whole.delete_prefix("#{@root}/") : whole
      end

      private

      def name(example)
        top = example.example_group.parent_groups.last
        described = top.description.to_s
        rest = example.metadata[:full_description].to_s
        rest = rest.sub(described, "").strip
        rest = "#{rest} #{first_line(example)}".strip if example.metadata[:description_args].to_a.empty?
        [file(example), described, rest].join("::")
      end

      def first_line(example)
        metadata = example.metadata
        File.foreach(metadata[:absolute_file_path]).first(metadata[:line_number]).last.to_s.strip
      rescue SystemCallError
        "example" # of a text that is no file
      end

      def ambiguous?(example)
        id(example)
        @taken[@names[example]] > 1
      end

      def number(name)
        count = @taken[name] += 1
        count == 1 ? name : "#{name} ##{count}"
      end
    end
  end
end
