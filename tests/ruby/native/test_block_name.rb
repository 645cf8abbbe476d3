# frozen_string_literal: true

require "minitest/autorun"
require_relative "../../../ruby_ext/lib/testalibi/rspec/block_name"

# What the service calls an example without a description.
class TestBlockName < Minitest::Test
  LONG = "x" * 200

  # Never called: what these say is read, not run.
  def blocks
    key = :left
    {
      "is expected to eq context" => proc { expect(described_class.active).to eq(context) },
      "is expected to eq Object" => proc { expect(Object.new).to eq(Object) },
      "is expected to be nil" => proc { expect(nil).to be_nil },
      "is expected not to include \"bar\"" => proc { expect(["foo"]).not_to include("bar") },
      "is expected not to include :bar, 1" => proc { expect(["foo"]).to_not include(:bar, 1) },
      "is expected to be empty" => proc { is_expected.to be_empty },
      "is expected to eq []" => proc { should eq([]) },
      "is expected not to eq nil" => proc { should_not eq(nil) },
      "is expected to eq {:a => 1, :b => 2}" => proc { expect({ b: 2, a: 1 }).to eq({ b: 2, a: 1 }) },
      "is expected to eq {local => local}" => proc { expect(1).to eq({ key => key }) },
      "is expected to eq [\"local\", \"1\"]" => proc { expect(1).to eq([key, 1]) },
      "is expected to eq local.to_s" => proc { expect(1).to eq(key.to_s) },
      "is expected to eq Shop::Cart" => proc { expect(1).to eq(Shop::Cart) },
      "is expected to eq Shop::Cart.new(local, 0)" => proc { expect(1).to eq(Shop::Cart.new(key, 0)) },
      "is expected to eq __datadog_rspec_self__" => proc { expect(1).to eq(self) },
      "is expected to match /foo/" => proc { expect("foo").to match(/foo/) },
      "is expected to eq 1.5" => proc { expect(1).to eq(1.5) },
      "is expected to be > 0" => proc { expect(1).to be > 0 },
      "is expected to raise error RuntimeError" => proc { expect { raise "boom" }.to raise_error(RuntimeError) },
      "is expected to change by 0" => proc { expect { 1 + 1 }.to change { 2 + 2 }.by(0) },
      "is expected to change from 1 to 2" => proc { expect { 1 }.to change { 2 }.from(1).to(2) },
      "is expected to be a kind of Shop" => proc { expect(1).to be_a_kind_of(Shop) },
      "is expected to own_matcher" => proc { expect(1).to own_matcher },
      "is expected to own matcher 3" => proc { expect(1).to own_matcher(3) },
      "is expected to eq local + local" => proc { expect(1).to eq(key + key) },
      "is expected to eq \"#{LONG[0, 76]}..." => proc { expect(1).to eq("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx") }
    }
  end

  def nameless
    [nil, proc { 1 + 1 }, proc {}, proc { value.to eq(1) }, proc { is_expected.to(*matchers) }, proc { expect(1).to eq("a#{1}") }]
  end

  def test_that_a_block_is_named_by_its_last_expectation
    blocks.each do |name, block|
      if Testalibi::RSpec::BlockName.readable?
        assert_equal name, Testalibi::RSpec::BlockName.of(block)
      else
        assert_nil Testalibi::RSpec::BlockName.of(block)
      end
    end
  end

  def test_that_others_have_no_name
    nameless.each { |block| assert_nil Testalibi::RSpec::BlockName.of(block), block&.source_location.inspect }
  end

  # On every Ruby: as Ruby 3.2 and later compile it, and what nobody compiles.
  def test_names_of_instructions
    call = ->(method, count = 0) { [:opt_send_without_block, { mid: method, orig_argc: count, flag: 0 }] }
    subject = [[:putself], call[:is_expected]]
    named = ->(*code) { Testalibi::RSpec::BlockName.new([1, :RUBY_EVENT_LINE, *subject, *code, call[:to, 1], [:leave]]).name }
    assert_equal "is expected to eq 3", named[[:putself], [:putobject, 3], call[:eq, 1]]
    assert_equal "is expected to be empty", named[[:putself], call[:be_empty]]
    assert_equal "is expected to eq Shop", named[[:putself], [:opt_getconstant_path, [nil, :Shop]], call[:new], call[:eq, 1]]
    fresh = [[:opt_getconstant_path, [:Shop]], [:putnil], [:swap], [:opt_new, { mid: :new, orig_argc: 0 }, :label], [:jump], [:swap], [:pop]]
    assert_equal "is expected to eq Shop", named[[:putself], *fresh, call[:eq, 1]]
    assert_equal "is expected to eq 0", named[[:putself], [:putobject_INT2FIX_0_], call[:eq, 1]]
    assert_nil named[[:putself], [:what_is_this], call[:eq, 1]]
    assert_nil named[[:putself], [:putobject, 3], call[:eq, 9]]
    assert_nil named[[:swap], [:pop]]
    assert_equal 180, named[[:putself], *Array.new(9) { [:putobject, LONG] }, call[:eq, 9]].length
  end
end
