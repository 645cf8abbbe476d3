# frozen_string_literal: true

RSpec.describe Teahouse::Pot do
  subject(:pot) { described_class.new("sencha") }

  it("pours what is in it") { expect(pot.pour).to eq "sencha" }
  it("is full at first") { expect(pot).not_to be_empty }

  it "is empty after some cups" do
    described_class::CUPS.times { pot.pour }
    expect(pot).to be_empty
    expect { pot.pour }.to raise_error(/empty/)
  end
end
