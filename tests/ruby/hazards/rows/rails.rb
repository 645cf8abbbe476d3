# frozen_string_literal: true

# The application in ../rails: ActiveRecord with SQLite and fixtures, I18n, ERB views that are rendered in process,
# requests in process, an initializer, Zeitwerk.
Rows.group "rails", framework: :minitest do
  root = File.expand_path("../rails", __dir__)
  app = Dir[File.join(root, "**/*")].select { |file| File.file?(file) }.to_h { |file| [file.delete_prefix("#{root}/"), File.read(file)] }
  all = app.values.join.scan(/(?:test\("|def test_)(\w+)/).flatten.join(" ")
  requests = "listed titled shown"

  edits = {
    "method of a model" => ["initials", { "app/models/author.rb" => ["part[0]", "part[1]"] }],
    "validates" => ["nameless", { "app/models/author.rb" => ["presence: true", "length: { maximum: 3 }, allow_nil: true"] }, "initials written #{requests}"],
    "has_many" => ["written", { "app/models/author.rb" => ["has_many :books, -> { order(:title) }", "has_many :books, -> { where(price: 1) }"] }, "initials nameless"],
    "scope" => ["cheap", { "app/models/book.rb" => ["price <", "price >"] }],
    "callback" => ["slugged", { "app/models/book.rb" => ["title.parameterize", "title.upcase"] }],
    "callback is removed" => ["slugged", { "app/models/book.rb" => ["  before_save :set_slug\n", ""] },
                              "labelled cheap priced costly enumerated written listed shown titled"],
    "enum" => ["enumerated shown", { "app/models/book.rb" => ["draft: 0, published: 1", "draft: 1, published: 0"] },
               "labelled slugged cheap priced costly written listed titled"],
    "method of a model behind a request" => ["labelled shown", { "app/models/book.rb" => ['(#{status})', '[#{status}]'] }],
    "concern, method" => ["priced", { "app/models/priced.rb" => ['"#{price} ', '"#{price}-'] }],
    "concern, included do" => ["costly", { "app/models/priced.rb" => ["greater_than: 0", "greater_than: -1"] },
                               "labelled slugged cheap priced enumerated written listed shown titled"],
    "initializer, constant" => ["priced", { "config/initializers/shop.rb" => ["EUR", "USD"] }],
    "initializer, constant in a scope" => ["cheap", { "config/initializers/shop.rb" => ["LIMIT = 10", "LIMIT = 5"] }],
    "controller" => ["shown", { "app/controllers/books_controller.rb" => ["label:", "name:"] }, "", "the text is the same"],
    "controller, another action" => ["about", { "app/controllers/pages_controller.rb" => ["about us", "about you"] }],
    "route" => ["about", { "config/routes.rb" => ["/about", "/info"] }, all],
    "helper" => ["listed", { "app/helpers/books_helper.rb" => ["upcase", "downcase"] }, "titled", "ends"],
    "view" => ["titled", { "app/views/books/index.html.erb" => ['t("books.title")', '"Books"'] }, "listed shown", "a view is kept for later tests"],
    "partial" => ["listed", { "app/views/books/_book.html.erb" => ["<p>", "<b>"] }, "titled shown"],
    "layout" => ["listed titled", { "app/views/layouts/application.html.erb" => ["<%= yield %>", ""] }, "shown"],
    "another format of a view appears" => ["titled", { "app/views/books/index.html+phone.erb" => "phone" }, "listed shown", "it is not asked for"],
    "fixture" => ["cheap listed written", { "test/fixtures/books.yml" => ["title: One", "title: Uno"] }, all],
    "schema" => ["cheap", { "db/schema.rb" => ["default: 7", "default: 70"] }, all],
    "locale file" => ["titled", { "config/locales/en.yml" => ["All books", "Books"] }, all],
    "another locale file" => ["german", { "config/locales/de.yml" => ["Alle", "Viele"] }, all],
    "locale file is added" => ["titled", { "config/locales/zz.yml" => "en:\n  books:\n    title: Books\n" }, all],
    "initializer is added" => ["priced", { "config/initializers/zz.rb" => "Shop::CURRENCY.replace(\"USD\") unless Shop::CURRENCY.frozen?\nclass String\n  def to_currency = 1\nend\n" },
                               all, "a string that is frozen"],
    "application's setting" => ["about", { "app/controllers/application_controller.rb" => ["\"books\") }", "\"books\")\n    head(:gone) }"] }, requests]
  }
  # What views and fixtures hold is kept by the framework for later tests (docs/evidence.md).
  kept = ["view", "partial", "layout", "another format of a view appears"]
  edits.each do |title, (must, edit, may, same)|
    may = all if kept.include?(title)
    may = (may || "").split - must.split
    { "lazy" => nil, "eager" => { "EAGER" => "1" } }.each do |kind, environment|
      next if environment && !title.match?(/method of a model|concern|controller$|helper|initializer, constant$/)

      row "#{title} (#{kind})", must: must, may: may.join(" "), because: "the framework reads it for many", edit: edit, files: app,
                                same_outcome: same, environment: environment
    end
  end
  row "nothing of comments", files: app, edit: { "app/models/book.rb" => ["class Book", "# A book.\nclass Book"], "app/models/author.rb" => ["  def initials", "  # Short.\n  def initials"],
                                                 "config/initializers/shop.rb" => ["module Shop", "# Ours.\nmodule Shop"], "db/schema.rb" => ["  create_table(:authors)", "\n  create_table(:authors)"] }
  row "nothing of a method that nobody calls", files: app, edit: { "app/models/author.rb" => ["  def initials", "  def unused = 1\n\n  def initials"] }
  row "nothing of a file that nobody reads", files: app, edit: { "app/views/books/unused.txt" => "text", "doc/notes.md" => "text" }
  row "a new model that nobody uses", files: app, edit: { "app/models/gift.rb" => "class Gift < ApplicationRecord\nend\n" }
  row "a new model that nobody uses (eager)", files: app, environment: { "EAGER" => "1" }, edit: { "app/models/gift.rb" => <<~RUBY }
    class Gift < ApplicationRecord
      belongs_to :author
      has_many :books
      validates :colour, presence: true
      enum kind: { small: 0, large: 1 }
      scope :free, -> { where(paid: true) }
      before_save :wrap

      def wrapped? = @wrapped

      private

      def wrap = @wrapped = true
    end
  RUBY
  row "a new test", files: app, must: "shortened", edit: { "test/models/author_test.rb" => ["  test(\"nameless\")", "  test(\"shortened\") { assert_equal \"A\", Author.new(name: \"Ann\").initials }\n  test(\"nameless\")"] }
end
