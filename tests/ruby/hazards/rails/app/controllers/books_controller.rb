# frozen_string_literal: true

class BooksController < ApplicationController
  helper BooksHelper
  layout "application"

  def index
    @books = Book.order(:title)
  end

  def show
    render json: { label: Book.find(params[:id]).label }
  end
end
