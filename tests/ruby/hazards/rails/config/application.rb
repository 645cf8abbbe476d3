# frozen_string_literal: true

require "active_record"
require "action_controller"
require "action_view"
require "active_support/test_case"
require "i18n"
require "zeitwerk"

ROOT = File.expand_path("..", __dir__)

LOADER = Zeitwerk::Loader.new
%w[models controllers helpers].each { |folder| LOADER.push_dir(File.join(ROOT, "app", folder)) }
LOADER.setup

I18n.load_path += Dir[File.join(ROOT, "config/locales/*.yml")].sort
Dir[File.join(ROOT, "config/initializers/*.rb")].sort.each { |file| require file }

ActiveRecord::Base.establish_connection(adapter: "sqlite3", database: ":memory:")
ActiveRecord::Schema.verbose = false
require_relative "../db/schema"
require_relative "routes"

LOADER.eager_load if ENV["EAGER"]
