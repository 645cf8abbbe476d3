# frozen_string_literal: true

# Run by `gem install`. Meson builds the extension for this Ruby and the command `alibi`; the Makefile that RubyGems
# wants does nothing but call it.

require "rbconfig"
require "shellwords"

SOURCE = File.expand_path("../../..", __dir__)
BUILD = File.expand_path("build")

def packages
  lines = File.readlines(File.join(SOURCE, "scripts/packages.txt")).map(&:split)
  lines.select { |group,| %w[product ruby].include?(group) }.map(&:last)
end

def find(program)
  folders = ENV.fetch("PATH", "").split(File::PATH_SEPARATOR)
  folders.map { |folder| File.join(folder, program) }.find { |path| File.executable?(path) } or
    abort "testalibi needs #{program} to be built; on Debian: apt-get install #{packages.join(" ")}"
end

meson = find("meson")
ninja = find("ninja")
# Whoever has built the command already names it.
built = ENV.fetch("ALIBI_BUILT_COMMAND", "")
command = built.empty? ? File.join(BUILD, "collector/cli/alibi") : File.expand_path(built)
# A compiler that is newer than this release may warn of more.
options = ["-Drubies=#{RbConfig.ruby}", "-Dpythons=", "-Dbuildtype=release", "-Dwerror=false",
           "-Dcollector=#{built.empty?}"]
options << "--reconfigure" if File.exist?(File.join(BUILD, "build.ninja"))
system(meson, "setup", BUILD, SOURCE, *options) or abort "testalibi: meson setup failed, see the lines above"

extension = "testalibi_native-#{RbConfig::CONFIG["ruby_version"]}.so"
# Built where the C library is glibc; ninja knows no such target elsewhere.
preload = File.join(BUILD, "tracer/preload/libalibi_preload.so")
# RubyGems says where to: here, or, from 3.4 on, to make.
File.write("Makefile", <<~MAKE)
  sitearchdir = #{RbConfig::CONFIG["sitearchdir"]}
  all:
  \t#{ninja.shellescape} -C #{BUILD.shellescape} ruby_ext/#{extension}#{" collector/cli/alibi collector/cli/alibi-serve" if built.empty?}
  \t-#{ninja.shellescape} -C #{BUILD.shellescape} tracer/preload/libalibi_preload.so
  install: all
  \tmkdir -p $(DESTDIR)$(sitearchdir)/testalibi
  \tcp #{BUILD.shellescape}/ruby_ext/#{extension} $(DESTDIR)$(sitearchdir)/testalibi/testalibi_native.so
  \tcp #{command.shellescape} $(DESTDIR)$(sitearchdir)/testalibi/alibi
  \ttest ! -f #{command.shellescape}-serve || cp #{command.shellescape}-serve $(DESTDIR)$(sitearchdir)/testalibi/alibi-serve
  \ttest ! -f #{preload.shellescape} || cp #{preload.shellescape} $(DESTDIR)$(sitearchdir)/testalibi/libalibi_preload.so
  clean: # which RubyGems calls first
  .PHONY: all install clean
MAKE
