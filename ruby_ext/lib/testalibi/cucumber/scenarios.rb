# frozen_string_literal: true

module Testalibi
  module Cucumber
    # What scenarios are called, what their text says, and which of them run whatever the evidence says.
    #
    # "<feature file>::<feature>::<scenario>", of an outline's row with the row behind it. Equal ones are numbered.
    class Scenarios
      MARKS = %w[@datadog_itr_unskippable @alibi_always].freeze

      def initialize(root)
        @root = root
        @ids = {}
        @taken = Hash.new(0)
        @texts = {}
        @features = {}
        @rows = OutlineRows.new
        @lines = Hash.new { |lines, file| lines[file] = File.readlines(file, encoding: Encoding::UTF_8) }
      end

      # Cucumber 4 and later know a feature's name only while they parse it.
      def parsed(document)
        @features[document.uri] = document.feature&.name
        @rows.read(document.uri, document.feature) if document.feature
      end

      # Of a test case and its copies with hooks.
      def id(test_case) = @ids[test_case.location.to_s] ||= number(name(test_case))

      # As the vendor's client names it, which knows of no parameters before Cucumber 4.
      def told(test_case, run)
        location = test_case.location
        tags = run.place(location.file, location.line)
        tags["test.itr.unskippable"] = "true" if always?(test_case)
        Reporting::Told.new(module: "cucumber", suite: IntakeName.of("#{feature(test_case)} at #{location.file}"),
                            name: IntakeName.of(test_case.name), parameters: parameters(location), tags: tags)
      end

      def parameters(location)
        row = @rows.at(location.file, location.line)
        row ? JsonText.generate({ arguments: row, metadata: {} }) : ""
      end

      def always?(test_case) = test_case.tags.any? { |tag| MARKS.include?(tag.name) }

      # What the feature file makes of it. Asked first before there are hooks among the steps.
      def text(test_case) = @texts[test_case.location.to_s] ||= written(test_case)

      private

      # Only its own tags and steps, where Cucumber says what these are; else the whole feature.
      def written(test_case)
        steps = test_case.test_steps
        return @lines[test_case.location.file].join unless steps.all? { |step| step.respond_to?(:multiline_arg) }

        [test_case.language, test_case.name, test_case.tags.map(&:name),
         steps.map { |step| [step.text, argument(step.multiline_arg)] }].inspect
      end

      def argument(value)
        return value.raw if value.respond_to?(:raw)

        [:content_type, :content].map { |part| value.public_send(part) if value.respond_to?(part) }
      end

      def name(test_case)
        file = test_case.location.file
        whole = File.expand_path(file)
        relative = whole.start_with?("#{@root}/") ? whole.delete_prefix("#{@root}/") : whole
        [relative, feature(test_case), [test_case.name, row(test_case)].compact.join(" ")].join("::")
      end

      def feature(test_case)
        return test_case.feature.name if test_case.respond_to?(:feature)

        @features[test_case.location.file] || "feature"
      end

      def row(test_case)
        text = @lines[test_case.location.file][test_case.location.line - 1].to_s.strip
        text.squeeze(" ") if text.start_with?("|")
      end

      def number(name)
        count = @taken[name] += 1
        count == 1 ? name : "#{name} ##{count}"
      end
    end
  end
end
