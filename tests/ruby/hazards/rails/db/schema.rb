# frozen_string_literal: true

ActiveRecord::Schema.define do
  create_table(:authors) do |t|
    t.string :name
  end
  create_table(:books) do |t|
    t.string :title
    t.string :slug
    t.integer :price, default: 7
    t.integer :status, default: 0
    t.references :author
  end
end
