# frozen_string_literal: true

require_relative "wanted"

module Testalibi
  # What a run makes of what the service wants (collector/ship/OPENING.md): which tests are new or modified, which are
  # tried again and why, what counts in the end. Decides only; the adapters run tests and write notes. Any thread.
  class Retrying
    LONGEST_TOGETHER = 300 # seconds

    # faulty: so many tests are new that none is tried again for it.
    attr_reader :wanted, :faulty, :retried

    def initialize(wanted, retried: 0)
      @wanted = wanted
      @retried = retried
      @faulty = false
      @mutex = Mutex.new
    end

    # Does it count how many tests are new?
    def looks? = @wanted.knows? && !@wanted.early_flake_detection.nil?

    # Before the first test. tests: [[suite, name], ...] of all that were collected. Is the session faulty?
    def look_at(tests)
      @faulty = looks? && faulty?(tests.count { |suite, name| @wanted.new?(suite, name) }, tests.size)
    end

    def faulty?(new, all)
      limit = @wanted.early_flake_detection.faulty_percent
      new > limit && new * 100 > limit * all
    end

    # Of one test, before its first attempt. place: its file, and its first and last line when they are known.
    def attempts(suite, name, place = [])
      modified = !place.empty? && @wanted.modified?(*place)
      Attempts.new(self, is_new: @wanted.new?(suite, name), modified: modified, marks: @wanted.marks(suite, name))
    end

    # May one more failed test be tried again?
    def take_one
      @mutex.synchronize { @retried < @wanted.flaky_test_retries.tests && @retried += 1 }
    end
  end

  # The attempts to run one test.
  class Attempts
    FIX = "attempt_to_fix"
    FLAKE = "early_flake_detection"
    FAILED = "auto_test_retry"
    DISABLED = "Flaky test is disabled by Datadog"

    Attempt = Struct.new(:status, :seconds)

    def initialize(retrying, is_new: false, modified: false, marks: [])
      @retrying = retrying
      @wanted = retrying.wanted
      @new = is_new
      @modified = modified
      @marks = marks
      @all = []
      @counted = false
    end

    def size = @all.size
    def quarantined? = @marks.include?("quarantined")
    def to_fix? = @marks.include?(FIX)

    # May there be another attempt, or a failure that is none of the run?
    def eventful? = quarantined? || !reason.nil?

    # Is it to be skipped, for the reason DISABLED?
    def disabled? = @marks.include?("disabled") && !to_fix?

    # status: "pass", "fail" or "skip".
    def ended(status, seconds)
      @all << Attempt.new(status, seconds)
      nil
    end

    # Why there is to be another attempt, or nil.
    def next_reason
      return if @all.empty? || any?("skip")

      reason if again?
    end

    # What it has come to.
    def final
      return %w[fail skip].find { |status| any?(status) } || "pass" if to_fix?

      %w[pass fail].find { |status| any?(status) } || "skip"
    end

    # The attempt that decides: its number from 0.
    def deciding = @all.rindex { |attempt| attempt.status == final }

    # It failed, and that is none of the run.
    def forgiven? = final == "fail" && (quarantined? || @marks.include?("disabled"))

    def flaky? = any?("pass") && any?("fail")

    # Was there no time for early flake detection?
    def too_slow?
      return false if reason != FLAKE || @all.empty? || any?("skip") || flaky?

      row.nil? ? !@wanted.early_flake_detection.rows.empty? : no_time? && size <= row.last
    end

    # What the run tells of each attempt. number: from 0.
    def tags(number, why = nil)
      told = {}
      told["test.retry_reason"] = why if number.positive? && why
      told["test.is_new"] = "true" if @new
      told["test.is_modified"] = "true" if @modified
      told["test.test_management.is_quarantined"] = "true" if quarantined?
      told["test.test_management.is_test_disabled"] = "true" if @marks.include?("disabled")
      told["test.test_management.is_attempt_to_fix"] = "true" if to_fix?
      told["test.early_flake.abort_reason"] = "slow" if number == size - 1 && too_slow?
      told
    end

    private

    # The first that applies holds for the test.
    def reason
      return FIX if to_fix?
      return FLAKE if @wanted.early_flake_detection && !@retrying.faulty && (@new || @modified)

      FAILED if @wanted.flaky_test_retries
    end

    def again?
      return false if no_time?

      case reason
      when FIX then !any?("fail") && size <= @wanted.attempt_to_fix_retries
      when FLAKE then !flaky? && !row.nil? && size <= row.last
      when FAILED then @all.last.status == "fail" && size <= @wanted.flaky_test_retries.per_test && counted?
      end
    end

    # A test that is tried again counts once.
    def counted? = @counted ||= @retrying.take_one

    def row = @wanted.early_flake_detection.rows.find { |seconds, _| @all.first.seconds <= seconds }
    def no_time? = @all.sum(&:seconds) >= Retrying::LONGEST_TOGETHER
    def any?(status) = @all.any? { |attempt| attempt.status == status }
  end
end
