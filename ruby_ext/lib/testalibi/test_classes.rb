# frozen_string_literal: true

module Testalibi
  # What the tests of Minitest and test-unit are called: "<file>::<Class>::<method>". The file is the one that opens
  # the class; of a describe block, whose name is no constant, the one that holds its tests. Classes of one name in one
  # file are numbered in the order of their definition, and equal specs of one block by Minitest. These run always: the
  # number may be another one's tomorrow.
  class TestClasses
    NAME = Module.instance_method(:name) # specs have their own
    TEST = /\Atest_/.freeze
    ORDINAL = /\Atest_\d{4,}_/.freeze # Minitest::Spec puts it before the description

    def initialize(root)
      @root = root
      @labels = {}.compare_by_identity
      @names = {}.compare_by_identity
      @taken = Hash.new(0)
      @equal_specs = {}.compare_by_identity
      @mutex = Mutex.new
    end

    # In the order of their definition.
    def number_all(classes) = classes.each { |klass| label(klass) }

    def id(klass, method) = "#{label(klass)}::#{method}"

    # Marked, or not known by its name alone.
    def always?(klass, method)
      label(klass)
      ClassMarks.always?(klass, method) || @taken[@names[klass]] > 1 || equal_specs(klass).include?(method)
    end

    private

    def label(klass)
      @labels[klass] || @mutex.synchronize do
        @labels[klass] ||= number(@names[klass] = [file(klass), klass.name || "class"].join("::"))
      end
    end

    def equal_specs(klass)
      @equal_specs[klass] ||= begin
        specs = klass.public_instance_methods.map(&:to_s).grep(ORDINAL)
        specs.group_by { |method| method.sub(ORDINAL, "") }.values.reject(&:one?).flatten
      end
    end

    def number(name)
      count = @taken[name] += 1
      count == 1 ? name : "#{name} ##{count}"
    end

    def file(klass)
      path = opened(klass) || defined_tests(klass).min || "unknown"
      whole = File.expand_path(path)
      whole.start_with?("#{@root}/") ? whole.delete_prefix("#{@root}/") : whole
    end

    def opened(klass)
      name = NAME.bind_call(klass)
      name && Object.const_source_location(name)&.first
    rescue NameError
      nil # of an anonymous module, or no longer there
    end

    # Of its own tests, or those that it inherits.
    def defined_tests(klass)
      own = klass.public_instance_methods(false).grep(TEST)
      own = klass.public_instance_methods.grep(TEST) if own.empty?
      own.map { |method| klass.instance_method(method).source_location&.first }.compact
    end
  end
end
