# frozen_string_literal: true

module Testalibi
  # Which files of the project were loaded, or began to load, before recording did. What their bodies did is not in
  # the evidence, so such a file counts as a whole. One that is just being loaded does not when nothing stands before
  # the line that it has come to: a test file whose first line requires the helper that starts recording.
  class LoadedBefore
    BODY = /\A(?:<main>|<top \(required\)>)\z/.freeze
    NO_CODE = /\A\s*(?:#|\z)/.freeze

    def initialize(roots, ignored)
      @roots = roots.map { |folder| "#{folder}/" }
      @ignored = ignored.map { |folder| "#{folder}/" }
    end

    # Absolute paths.
    def paths(features: $LOADED_FEATURES, frames: caller_locations)
      begun = frames.select { |frame| BODY.match?(frame.label) }
      found = features.select { |path| own?(path) }
      begun.each do |frame|
        path = frame.absolute_path
        found << path if path && own?(path) && code_before?(path, frame.lineno)
      end
      found.uniq
    end

    private

    def own?(path) = path.start_with?(*@roots) && !path.start_with?(*@ignored) && path.end_with?(".rb")

    def code_before?(path, line)
      File.foreach(path).first(line - 1).any? { |text| !NO_CODE.match?(text) }
    end
  end
end
