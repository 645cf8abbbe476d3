# frozen_string_literal: true

# Files that keep their names while links on the way to them lead elsewhere.
Rows.group "links" do
  make = lambda do |target|
    lambda do |project|
      link = File.join(project.path, "cur")
      File.unlink(link) if File.symlink?(link)
      File.symlink(target, link)
    end
  end
  deep = make.call("deep/x")
  wide = make.call("wide/x")
  files = { "deep/d.txt" => "one", "wide/d.txt" => "two", "deep/x/k" => "", "wide/x/k" => "" }
  reads = <<~SPEC
    it("reads") { expect(File.read("cur/../d.txt")).to eq("one") }
    it("other") { expect(1).to eq(1) }
  SPEC
  row "content above a link's target", must: "reads", files: files, spec: reads, prepare: deep, edit: { "deep/d.txt" => "two" }
  row "link that is left by ..", must: "reads", files: files, spec: reads, prepare: deep, edit: wide
end
