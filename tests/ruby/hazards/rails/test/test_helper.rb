# frozen_string_literal: true

require "testalibi/minitest"
require "minitest/autorun"
require_relative "../config/application"
require "rack/test"

class ActiveSupport::TestCase
  include ActiveRecord::TestFixtures

  self.fixture_path = File.join(__dir__, "fixtures")
  self.use_transactional_tests = true
  fixtures :all
end
