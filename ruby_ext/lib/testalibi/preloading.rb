# frozen_string_literal: true

module Testalibi
  # Switches the recorder for programs that are no interpreters on and off: LD_PRELOAD, while a session records.
  #
  # Whoever starts a program from ENV hands it on. The library does nothing in programs that join no session, nor in
  # interpreters that record by themselves.
  class Preloading
    VARIABLE = "LD_PRELOAD"

    # What keeps it from being switched on; nil: nothing.
    attr_reader :problem

    def initialize(library)
      @problem = fault_of(library)
      return if @problem

      @before = ENV.fetch(VARIABLE, nil)
      @set = [library, @before].compact.reject(&:empty?).join(":")
      ENV[VARIABLE] = @set
    end

    # For programs of our own: the variable as it was.
    def outside = on? ? { VARIABLE => @before } : {}

    # As it was; what somebody else put there stays.
    def stop
      ENV[VARIABLE] = @before if on?
      @set = nil
    end

    private

    def on? = !@set.nil? && ENV[VARIABLE] == @set

    def fault_of(library)
      return "programs that tests start are not recorded: their recorder is not installed; install the gem again" unless library
      return unless library.match?(/[ :]/)

      "programs that tests start are not recorded: the loader takes no path with a blank or a colon (#{library})"
    end
  end
end
