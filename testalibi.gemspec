# frozen_string_literal: true

require_relative "ruby_ext/lib/testalibi/version"

Gem::Specification.new do |gem|
  gem.name = "testalibi"
  gem.version = Testalibi::VERSION
  gem.summary = "Runs only the tests that a change can break"
  gem.description = "Records natively what each test of RSpec, Minitest and Cucumber touched, and runs only those " \
                    "that a change can break."
  gem.authors = ["The Alibi authors"]
  gem.license = "Apache-2.0"
  gem.required_ruby_version = ">= 3.0"
  gem.platform = Gem::Platform::RUBY

  sources = Dir["{tracer,collector}/**/*.{h,cc,c,sh,map}", "{tracer,collector,ruby_ext}/**/meson.build",
                "ruby_ext/{ext,lib,exe,sig}/**/*"]
  gem.files = (sources + %w[meson.build meson_options.txt LICENSE README.md CHANGELOG.md scripts/packages.txt]).select { |path| File.file?(path) }
  gem.require_paths = ["ruby_ext/lib"]
  gem.extensions = ["ruby_ext/ext/testalibi/extconf.rb"]
  gem.bindir = "ruby_ext/exe"
  gem.executables = ["alibi"]
  gem.metadata = { "rubygems_mfa_required" => "true" }
end
