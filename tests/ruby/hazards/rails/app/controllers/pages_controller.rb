# frozen_string_literal: true

class PagesController < ApplicationController
  def about
    render plain: "about us"
  end
end
