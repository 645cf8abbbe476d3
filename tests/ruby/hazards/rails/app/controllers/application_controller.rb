# frozen_string_literal: true

class ApplicationController < ActionController::Base
  prepend_view_path File.join(ROOT, "app/views")
  before_action { response.set_header("X-Shop", "books") }
end
