# frozen_string_literal: true

require "teahouse"

RSpec.shared_examples "something with a price" do
  it("costs something") { expect(subject).to be_positive }
end
