# frozen_string_literal: true

# Any value as text in an attribute or element of XML. What the JUnit reports of Ruby's frameworks share; written beside
# each of them.
module AlibiJunitText
  ILLEGAL = /[^\u{9}\u{A}\u{D}\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/.freeze

  private

  def text(value)
    plain = value.to_s.dup.encode("UTF-8", invalid: :replace, undef: :replace).scrub
    plain.gsub(ILLEGAL, "?").encode(xml: :attr)[1..-2]
  end
end
