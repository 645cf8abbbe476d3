# frozen_string_literal: true

require "json"
require_relative "document"
require_relative "error_line"

module Testalibi
  module SourceUnits
    # Frames in, one line of JSON per frame out. A source that cannot be understood costs its own answer only;
    # a frame that cannot be read ends the program with status 2, since nobody knows where the next one begins.
    class Protocol
      GARBLED = 2
      LONGEST_HEADER = 1 << 20
      LARGEST_SOURCE = 1 << 31

      GarbledFrame = Class.new(StandardError)
      private_constant :GarbledFrame

      def self.answer_for(source)
        Document.new(source).to_h
      rescue SyntaxError => error
        { "error" => one_line("SyntaxError: #{error.message.lines.first} line #{ErrorLine.in(source)}") }
      rescue SystemStackError
        { "error" => "SystemStackError: nested too deep" }
      rescue StandardError, NotImplementedError, NoMemoryError => error
        { "error" => one_line("#{error.class}: #{error.message}") }
      end

      def self.one_line(text)
        Words.utf8(text).split.join(" ")[0, 500]
      end

      private_class_method :one_line

      def initialize(frames, answers, messages)
        @frames = frames
        @answers = answers
        @messages = messages
      end

      # The exit status.
      def serve
        [@frames, @answers].each(&:binmode)
        @answers.sync = false
        while (source = next_source)
          @answers.write(JSON.generate(self.class.answer_for(source), ascii_only: true), "\n")
        end
        @answers.flush
        0
      rescue GarbledFrame => error
        @answers.flush
        @messages.puts("source_units: #{error.message}")
        GARBLED
      rescue Errno::EPIPE, SignalException => error # the reader has gone, and with it the reason to go on
        raise unless error.is_a?(Errno::EPIPE) || error.signo == Signal.list["PIPE"]

        1
      end

      private

      def next_source
        header = @frames.gets("\n", LONGEST_HEADER)
        return if header.nil?

        name, size = fields_of(header)
        source = size.zero? ? +"" : @frames.read(size).to_s
        return source if source.bytesize == size

        raise GarbledFrame, "#{name.inspect} ends after #{source.bytesize} of #{size} bytes"
      end

      def fields_of(header)
        name, size = JSON.parse(header).values_at("name", "bytes")
        return [name, size] if name.is_a?(String) && size.is_a?(Integer) && size.between?(0, LARGEST_SOURCE)

        raise GarbledFrame, "impossible frame header: #{header[0, 80].inspect}"
      rescue JSON::ParserError, TypeError, NoMethodError, ArgumentError, EncodingError
        raise GarbledFrame, "no frame header: #{header[0, 80].inspect}"
      end
    end
  end
end
