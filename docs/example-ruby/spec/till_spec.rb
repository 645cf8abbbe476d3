# frozen_string_literal: true

RSpec.describe Teahouse::Till do
  let(:till) { described_class.new }

  it("adds up") { expect(till.sell("sencha").sell("mint").total).to eq 630 }

  context "with many cups" do
    before { 4.times { till.sell("assam") } }

    it("gives a discount") { expect(till.total).to eq 1152 }
  end
end
