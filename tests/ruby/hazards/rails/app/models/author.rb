# frozen_string_literal: true

class Author < ApplicationRecord
  has_many :books, -> { order(:title) }

  validates :name, presence: true

  def initials
    name.split.map { |part| part[0] }.join
  end
end
