// Loaded into a Mocha, Jest or Cucumber process (NODE_OPTIONS --require) to say which test files are meant, or to have
// a JUnit report beside the user's reporters, which cannot be said on their command lines. The file named by
// ALIBI_NODE_REQUEST says what. Acts once, when the tool's own module is loaded, then takes itself out of the
// environment, so that no program that tests start is touched. A fault here never becomes one of the tests.
'use strict';

const Module = require('module');
const fs = require('fs');
const path = require('path');

const load = Module._load;

function request_of_environment() {
  try {
    return JSON.parse(fs.readFileSync(process.env.ALIBI_NODE_REQUEST, 'utf8'));
  } catch {
    return undefined;
  }
}

// Programs started from now on are none of ours.
function forget(request) {
  delete process.env.ALIBI_NODE_REQUEST;
  const [before, ...after] = (process.env.NODE_OPTIONS || '').split(request.entry);
  const rest = (before + after.join(request.entry)).trim();
  if (rest) process.env.NODE_OPTIONS = rest;
  else delete process.env.NODE_OPTIONS;
}

function guarded(action) {
  try {
    action();
  } catch (error) {
    process.stderr.write(`alibi: no JUnit report: ${error && error.message}\n`);
  }
}

function new_report() {
  const { Report } = require(path.join(__dirname, 'alibi_junit.cjs'));
  return new Report(process.cwd());
}

// Mocha's own rules for its files, without those of --file, which every process loads first.
function list_mocha_files(request, options, folder) {
  const collect = require(path.join(folder, 'collect-files.js'));
  const positional = options._ && options._.length ? options._ : ['./test'];
  const setup = (options.file || []).map((file) => path.resolve(file));
  // Mocha ends the process when nothing is found at all: this file keeps it from that.
  const collected = collect({
    ignore: options.ignore || [],
    extension: options.extension || [],
    file: [__filename],
    recursive: Boolean(options.recursive),
    sort: false,
    spec: request.location ? [request.location] : positional,
  });
  const found = Array.isArray(collected) ? collected : collected.files;
  const files = found.map((file) => path.resolve(file)).filter((file) => file !== __filename);
  const listed = files.filter((file) => !setup.includes(file));
  fs.writeFileSync(request.output, JSON.stringify({ files: listed }));
  // Parallel or delayed, a file is not what it defines while it is loaded.
  if (options.parallel || options.delay || !listed.some(may_be_setup)) process.exit(0);
  request.listed = listed;
}

const TESTS = /(?<![.\w$])x?(?:it|test|specify)\s*(?:\.\s*\w+\s*)?\(/;
const FOR_OTHERS = /\bglobal(?:This)?\s*[.[]|^(?:before|after|beforeEach|afterEach|setup|teardown|suiteSetup|suiteTeardown)\s*\(/m;

// By its text: what it really defines is known when it is loaded, which all files are only where one looks like this.
function may_be_setup(file) {
  try {
    const text = fs.readFileSync(file, 'utf8');
    return !TESTS.test(text) || FOR_OTHERS.test(text);
  } catch {
    return false;
  }
}

const HOOKS = ['_beforeAll', '_beforeEach', '_afterAll', '_afterEach'];

function count_tests(suite, counts) {
  for (const test of suite.tests) counts.set(test.file, (counts.get(test.file) || 0) + 1);
  for (const inner of suite.suites) count_tests(inner, counts);
}

// All files are loaded as Mocha does it; where it would run their tests the process ends. Files that define none are
// there for the others. Whatever goes wrong on the way: the list is there already.
function with_mocha_definitions(request, Mocha) {
  const root_hooks = (suite) => HOOKS.reduce((count, name) => count + (suite[name] || []).length, 0);
  const hooked = new Set();
  for (const name of ['loadFiles', 'loadFilesAsync']) {
    const original = Mocha.prototype[name];
    if (typeof original !== 'function') continue;
    Mocha.prototype[name] = function (...given) {
      setTimeout(() => process.exit(0), 60_000);
      let before = 0;
      this.suite.on('pre-require', () => (before = root_hooks(this.suite)));
      this.suite.on('post-require', (_context, file) => root_hooks(this.suite) > before && hooked.add(file));
      return original.apply(this, given);
    };
  }
  Mocha.prototype.run = function () {
    const counts = new Map();
    count_tests(this.suite, counts);
    const has_tests = (file) => counts.has(file);
    const files = (request.listed || []).filter(has_tests);
    if (files.length > 0) {
      const setup = request.listed.filter((file) => !has_tests(file));
      const both = files.filter((file) => hooked.has(file));
      fs.writeFileSync(request.output, JSON.stringify({ files, setup, hooked: both }));
    }
    process.exit(0);
  };
  return Mocha;
}

function with_mocha_files(request, exports, folder) {
  const original = exports.loadOptions;
  exports.loadOptions = (...given) => {
    const options = original(...given);
    if (options.help || options.version) return options;
    if (request.mode === 'list') list_mocha_files(request, options, folder);
    options._ = [...(request.listed || request.files)];
    delete options.spec;
    options.ignore = [];
    delete options.watch;
    // Mocha starts itself again, in this very turn, when it needs flags of Node: that one is still ours.
    process.nextTick(() => forget(request));
    return options;
  };
  return exports;
}

function recorded(runner, request) {
  const report = new_report();
  const title = (test) => (test.parent && test.parent.titlePath ? test.parent.titlePath().join(' ') : '');
  const add = (test, more) =>
    guarded(() => {
      const file = test.file || (test.parent && test.parent.file);
      report.add(file, { name: test.title, suite: title(test), seconds: (test.duration || 0) / 1000, ...more });
    });
  runner.on('pass', (test) => add(test, {}));
  runner.on('fail', (test, error) => add(test, { failure: (error && (error.stack || error.message)) || 'failed' }));
  runner.on('pending', (test) => add(test, { skipped: true }));
  runner.once('end', () => guarded(() => report.write(request.junit, request.append)));
}

// The mark is there until the run has come to its end, which process.exit() in a test keeps it from.
function marked(action) {
  try {
    action();
  } catch {
    // then nobody is told
  }
}

function with_mocha_report(request, Mocha) {
  const run = Mocha.prototype.run;
  Mocha.prototype.run = function (...given) {
    Mocha.prototype.run = run; // once: a test may use Mocha as well
    const runner = run.apply(this, given);
    marked(() => runner.once('end', () => marked(() => fs.unlinkSync(request.mark))));
    if (request.junit) guarded(() => recorded(runner, request));
    return runner;
  };
  marked(() => fs.writeFileSync(request.mark, ''));
  return Mocha;
}

// A tool's module with one function replaced.
function with_function(loaded, name, replaced) {
  return new Proxy(loaded, {
    get(target, asked, receiver) {
      const value = Reflect.get(target, asked, receiver);
      return asked === name && typeof value === 'function' ? replaced(value) : value;
    },
  });
}

// Alibi divides the files; and a part of them covers less than the whole, for which thresholds are.
function without_what_only_a_whole_run_has(request, configuration) {
  const { shard, coverageThreshold, ...kept } = configuration;
  const left_out = [];
  if (shard) left_out.push('shard');
  if (coverageThreshold && configuration.collectCoverage) left_out.push('coverageThreshold');
  if (request.mode === 'list') marked(() => fs.writeFileSync(request.output, JSON.stringify(left_out)));
  return kept;
}

// The user's reporters, or those there are without any, and ours. Once: a script may start Jest again.
function with_jest_configuration(request, jest_config) {
  let begun = false;
  return with_function(jest_config, 'readConfigs', (original) => async (...given) => {
    forget(request);
    const read = await original(...given);
    if (begun || !read || !read.globalConfig) return read;
    begun = true;
    const globalConfig = without_what_only_a_whole_run_has(request, read.globalConfig);
    if (request.mode !== 'list') {
      const { junit, append, mark } = request;
      const ours = [path.join(__dirname, 'alibi_jest_reporter.cjs'), { junit, append, mark }];
      globalConfig.reporters = [...(globalConfig.reporters || [['default', {}]]), ours];
      marked(() => fs.writeFileSync(mark, ''));
    }
    return { ...read, globalConfig: Object.freeze(globalConfig) };
  });
}

// The reporter is not told of a run without tests.
function with_jest_mark(request, jest_core) {
  return with_function(jest_core, 'runCLI', (original) => async (...given) => {
    const result = await original(...given);
    marked(() => fs.unlinkSync(request.mark));
    return result;
  });
}

// Before Cucumber 8 paths are resolved elsewhere, in 8 and 9 in api/, since then in paths/.
function cucumber_paths_of(folder) {
  for (const name of ['paths/paths.js', 'api/paths.js']) {
    try {
      const found = load(path.join(folder, name), module, false);
      if (typeof found.resolvePaths === 'function') return found;
    } catch {
      // not in this version
    }
  }
  return undefined;
}

// Cucumber finds the support code by its own paths, as in a plain run; of features it is told what is meant, by name
// instead of as a pattern. Once: a step may use Cucumber as well.
function with_cucumber_files(request, exports) {
  const original = exports.resolvePaths;
  exports.resolvePaths = async (...given) => {
    exports.resolvePaths = original;
    const found = await original(...given);
    const key = 'sourcePaths' in found ? 'sourcePaths' : 'featurePaths';
    if (!Array.isArray(found[key])) throw new Error('alibi: this version of Cucumber resolves its paths in an unknown way');
    return { ...found, [key]: request.files.map((file) => path.resolve(file)) };
  };
}

// Cucumber adds what the command line says to what its configuration says.
function with_cucumber_configuration(request, exports, folder) {
  const original = exports.mergeConfigurations;
  if (typeof original !== 'function') return;
  const paths = request.mode === 'list' ? undefined : cucumber_paths_of(folder);
  if (paths) with_cucumber_files(request, paths);
  exports.mergeConfigurations = (...given) => {
    const merged = original(...given);
    if (merged.shard) {
      merged.shard = ''; // Alibi divides
      if (request.mode === 'list') marked(() => fs.writeFileSync(`${request.output}.shard`, ''));
    }
    if (request.mode === 'list') {
      // Formatters of the user's would write reports of a run that is none.
      return { ...merged, dryRun: true, parallel: 0, publish: false, format: [`message:${request.output}`] };
    }
    process.nextTick(() => forget(request));
    if (paths) return merged;
    const pattern = request.files.find((file) => /[*?[{\\]|[+@!]\(|(^|\/)@[^/]*$/.test(file));
    if (pattern) throw new Error(`alibi: this version of Cucumber would take the name ${pattern} for a pattern: rename it`);
    return { ...merged, paths: [...request.files] };
  };
}

function with_cucumber_mark(request, Cli) {
  const run = Cli.prototype.run;
  Cli.prototype.run = async function (...given) {
    Cli.prototype.run = run;
    const result = await run.apply(this, given);
    marked(() => fs.unlinkSync(request.mark));
    return result;
  };
  marked(() => fs.writeFileSync(request.mark, ''));
}

function watch_modules(request) {
  const ends = (file, end) => typeof file === 'string' && file.split(path.sep).join('/').endsWith(end);
  let taken = {};
  const once = (name, make) => (taken[name] === undefined ? (taken[name] = make()) : taken[name]);
  const resolved = (name, parent, is_main) => {
    try {
      return Module._resolveFilename(name, parent, is_main);
    } catch {
      return '';
    }
  };
  Module._load = function (name, parent, is_main) {
    const loaded = load.apply(this, arguments);
    if (typeof name !== 'string') return loaded;
    if (request.tool === 'jest') {
      if (name === 'jest-config') return once('jest', () => with_jest_configuration(request, loaded));
      if (name === '@jest/core' && request.mark) return once('core', () => with_jest_mark(request, loaded));
      return loaded;
    }
    if (request.tool === 'cucumber') {
      if (!/(^|[\\/])(merge_configurations(\.js)?|(index(\.js)?)?)$/.test(name)) return loaded;
      const file = resolved(name, parent, is_main);
      if (ends(file, '/cucumber/lib/configuration/merge_configurations.js')) {
        const folder = path.dirname(path.dirname(file));
        once('merge', () => with_cucumber_configuration(request, loaded, folder) || true);
      } else if (request.mark && ends(file, '/cucumber/lib/cli/index.js')) {
        once('cli', () => marked(() => with_cucumber_mark(request, loaded.default)) || true);
      }
      return loaded;
    }
    if (/(^|[\\/])options(\.js)?$/.test(name)) {
      const file = resolved(name, parent, is_main);
      if (ends(file, '/mocha/lib/cli/options.js')) once('options', () => with_mocha_files(request, loaded, path.dirname(file)));
    } else if (/(^|[\\/])mocha(\.js)?$/.test(name)) {
      const wrapped = request.mode === 'list' ? with_mocha_definitions : with_mocha_report;
      if (ends(resolved(name, parent, is_main), '/mocha/lib/mocha.js')) once('mocha', () => wrapped(request, loaded));
    }
    return loaded;
  };
}

const request = request_of_environment();
if (request) watch_modules(request);
