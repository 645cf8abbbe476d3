# frozen_string_literal: true

module Testalibi
  # Code that runs once for many tests (before(:context), BeforeAll) is a context of its own, charged to each of them:
  # those that come after it, and those that ran already. `scope` is any object that stands for the tests.
  class SharedSetup
    def initialize(run)
      @run = run
      @contexts = Hash.new { |hash, scope| hash[scope] = [] }.compare_by_identity
      @users = Hash.new { |hash, scope| hash[scope] = [] }.compare_by_identity
    end

    def around(scope, name, kind = "class")
      context = @run.begin_context(:fixture, name, kind)
      @contexts[scope] << context
      @users.fetch(scope, []).each { |user| @run.charge(user, context) }
      begin
        yield
      ensure
        @run.end_context(context)
      end
    end

    # The test of this context is one of these scopes.
    def began(test, scopes)
      scopes.each do |scope|
        @users[scope] << test
        @contexts.fetch(scope, []).each { |context| @run.charge(test, context) }
      end
    end
  end
end
