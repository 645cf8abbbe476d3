# frozen_string_literal: true

module Testalibi
  module SourceUnits
    # The local variables in sight. Those of code that is called count by place, whatever they are called;
    # those of load-time code count by name, since other units may use them.
    class LocalNames
      # A table of locals: [names, name => place, do they count by name?].
      Frame = Struct.new(:names, :places, :shared)

      def initialize(frames = [])
        @frames = frames
      end

      def with(table, shared: false)
        places = {}
        table.each_with_index { |name, place| places[name] ||= place }
        LocalNames.new([*@frames, Frame.new(table, places, shared)])
      end

      # [distance, place] of a local that counts by place; nil for one that counts by name.
      def place_of(name)
        @frames.reverse_each.with_index do |frame, distance|
          place = frame.places[name]
          return frame.shared ? nil : [distance, place] if place
        end
        nil
      end

      def all_names
        @frames.flat_map(&:names)
      end

      # What a block that stands here sees when it is a unit of its own: everything by name.
      def seen_from_unit
        LocalNames.new(@frames.map { |frame| Frame.new(frame.names, frame.places, true) })
      end
    end
  end
end
