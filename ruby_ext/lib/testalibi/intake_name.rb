# frozen_string_literal: true

module Testalibi
  # How the intake knows the name of a test or of its suite: what differs from run to run stands there as a word
  # (DATE, OBJECT:User, …), as the vendor's client for Ruby writes it. Our own ids keep the name as it is.
  #
  # Pure. The time is proportional to the name's length, whatever is in it.
  module IntakeName
    CONSTANT = /[A-Z]\w*(?:::[A-Z]\w*)*/.freeze
    # Of `inspect`, in this order. All end with ">" in the line in which they begin.
    INSPECTED = {
      /#<Date(?::[^>\n]*)?>/ => ->(_) { "DATE" },
      /#<(?:Date)?Time(?::[^>\n]*)?>/ => ->(_) { "TIME" },
      /#<Class:(?:(#{CONSTANT})|0x\h+)(?:\s[^>\n]*)?>/ => ->(found) { ["CLASS", found[1]].compact.join(":") },
      /#<(#{CONSTANT})(?::[^>\n]*)?>/ => ->(found) { "OBJECT:#{found[1]}" },
      /#<[^>\n]+>/ => ->(_) { "OBJECT" }
    }.freeze
    # Without this, each "#<" of a line without ">" looks for it to the end.
    UP_TO_LAST_CLOSING = /^[^\n]*>/.freeze

    COLUMN = /(?:\.{3}\s*)?[a-z_][a-z0-9_]*:\s[^,)\n]*/.freeze
    # A class of Active Record: "Article(id: integer)", "Article (call 'Article.connection' to establish a connection)".
    # What only begins like one is taken too, so that nothing is read twice; it stays as it is.
    RECORD_CLASS = /
      \b(?<class>(?>#{CONSTANT}))
      (?: \s\(call\s'(?<connecting>(?>#{CONSTANT}))\.connection'\sto\ establish\ a\ connection\)
        | \((?>#{COLUMN}(?:,\s#{COLUMN})*)(?<columns>\))?
      )?
    /x.freeze

    BRACKETS = /\[[^\[\]\n]{0,300}\]/.freeze
    BRACES = /\{[^{}\n]{0,300}\}/.freeze
    LITERAL_BEGINS = /\A(?:["':\[{]|-?\d|#<|(?:true|false|nil)\b)/.freeze
    KEY = /(?:\A|,)\s*(?:"[^"]+"|'[^']+'|:?[a-zA-Z_]\w*)\s*:/.freeze

    ISO_DAY = /\d{4}-\d{2}-\d{2}/.freeze
    WRITTEN_DAY = /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s+\d{1,2}\s+
                   (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+\d{4}/x.freeze
    CLOCK = /\d{2}:\d{2}:\d{2}(?:\.\d+)?/.freeze
    OFFSET = /[+-]\d{2}:?\d{2}/.freeze
    TIME = /\b(?:#{ISO_DAY}[ T]#{CLOCK}(?:\s?(?:Z|[A-Z]{2,5}|#{OFFSET}))?
              |#{WRITTEN_DAY}\s+#{CLOCK}(?:\s+(?:[A-Z]{2,5}|#{OFFSET}))?)\b/x.freeze
    DATE = /\b(?:#{ISO_DAY}|#{WRITTEN_DAY})\b/.freeze

    LIMIT = /-?\d+(?:\.\d+)?|DATE|TIME|:[a-zA-Z_]\w*|"[^"]*"|'[^']*'/.freeze
    RANGE = /(^|[^\w.])(?:#{LIMIT})\s*\.{2,3}\s*(?:#{LIMIT})(?=$|[^\w.])/.freeze

    # No rule applies to a name without one of these.
    TELLING = /[#(\[{\d]|\.\./.freeze

    module_function

    # Of what is no text in its encoding: the name as it is.
    def of(name)
      return name unless TELLING.match?(name)

      moments(literals(record_classes(inspected(name))))
    rescue ArgumentError, EncodingError
      name
    end

    def inspected(name)
      INSPECTED.reduce(name) do |text, (pattern, word)|
        text.gsub(UP_TO_LAST_CLOSING) { |part| part.gsub(pattern) { word.call(Regexp.last_match) } }
      end
    end

    def record_classes(name)
      name.gsub(RECORD_CLASS) do |whole|
        found = Regexp.last_match
        said = found[:connecting]
        same = said && "::#{found[:class]}".end_with?("::#{said}")
        same || found[:columns] ? found[:class] : whole
      end
    end

    def literals(name)
      arrays = name.gsub(BRACKETS) { |text| array?(text[1..-2].strip) ? "ARRAY" : text }
      arrays.gsub(BRACES) { |text| hash?(text[1..-2].strip) ? "HASH" : text }
    end

    def array?(content) = content.empty? || content.include?(",") || content.match?(LITERAL_BEGINS)
    def hash?(content) = content.empty? || content.include?("=>") || content.match?(KEY)

    def moments(name) = name.gsub(TIME, "TIME").gsub(DATE, "DATE").gsub(RANGE) { "#{Regexp.last_match(1)}RANGE" }
  end
end
