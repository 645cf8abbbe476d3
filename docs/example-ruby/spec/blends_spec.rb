# frozen_string_literal: true

RSpec.describe Teahouse::Blends do
  before(:context) { @morning = described_class.price(:morning) }

  it("costs the mean of what is in it") { expect(@morning).to eq 285 }
  it("knows what is in it") { expect(described_class.for(:evening)).to eq %w[mint sencha] }

  describe "in the evening" do
    subject { described_class.price(:evening) }

    it_behaves_like "something with a price"
  end
end
