# frozen_string_literal: true

require "testalibi/minitest"
require "minitest/autorun"
require_relative "../config/application"
require "rack/test"

class ActiveSupport::TestCase
  include ActiveRecord::TestFixtures

  folder = File.join(__dir__, "fixtures")
  respond_to?(:fixture_paths=) ? self.fixture_paths = [folder] : self.fixture_path = folder
  self.use_transactional_tests = true
  fixtures :all
end
