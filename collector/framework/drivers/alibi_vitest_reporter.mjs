// A reporter of Vitest that writes Vitest's own JUnit report to a file of Alibi's, whatever the user says of reports and
// their files. A reporter of the command line takes the place of those of the configuration: these are put beside it
// again. The file named by ALIBI_NODE_REQUEST says what. A fault here never becomes one of the tests.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const complain = (what, error) => process.stderr.write(`alibi: ${what}: ${error && error.message}\n`);

// Of the Vitest that runs, else of the one that the project has.
function folders() {
  const found = [];
  for (const folder of [
    () => path.dirname(fs.realpathSync(process.argv[1])),
    () => path.dirname(createRequire(path.join(process.cwd(), 'package.json')).resolve('vitest/package.json')),
  ]) {
    try {
      found.push(folder());
    } catch {
      // the next one
    }
  }
  return found;
}

// Version 4 has them in node.js, those before in reporters.js.
async function built_in() {
  for (const folder of folders()) {
    for (const name of ['node.js', 'reporters.js']) {
      const file = path.join(folder, 'dist', name);
      const { ReportersMap } = fs.existsSync(file) ? await import(pathToFileURL(file).href) : {};
      if (ReportersMap) return ReportersMap;
    }
  }
  throw new Error('Vitest has no reporters where it was looked for');
}

async function prepared() {
  const request = JSON.parse(fs.readFileSync(process.env.ALIBI_NODE_REQUEST, 'utf8'));
  delete process.env.ALIBI_NODE_REQUEST;
  const map = await built_in();
  return { request, map, JUnit: map.junit };
}

// As [name, options] or instances; nothing: Vitest's default alone.
function configured(context) {
  const given = (context.server ?? context.vite)?.config.test?.reporters;
  const list = (Array.isArray(given) ? given : [given]).filter(Boolean);
  if (list.length === 0 && process.env.GITHUB_ACTIONS === 'true') list.push('default', 'github-actions');
  return list.map((one) => (typeof one === 'string' ? [one, {}] : one));
}

async function loaded(context, [name, options]) {
  const { runner } = context;
  const load = runner.executeId ?? runner.executeFile ?? runner.import;
  const { default: Reporter } = await load.call(runner, name === 'html' ? '@vitest/ui/reporter' : name);
  return new Reporter(options ?? {});
}

// Vitest asks its reporters one after another, without waiting: what is put into the default one's place in this very
// turn is asked by it, all others are here.
function restore(context, map) {
  const list = configured(context);
  const place = context.reporters.findIndex((one) => one instanceof map.default);
  if (list.length === 0 || place < 0) return Promise.resolve();
  const is_built_in = (one) => Array.isArray(one) && Object.hasOwn(map, one[0]) && one[0] !== 'html';
  const ready = list.map((one) => (is_built_in(one) ? new map[one[0]](one[1] ?? {}) : Array.isArray(one) ? undefined : one));
  const [first = {}, ...others] = ready.filter(Boolean);
  context.reporters[place] = first;
  context.reporters.push(...others);
  const begun = others.map((one) => one.onInit?.(context));
  const own = list.filter((one, at) => !ready[at]).map(async (one) => {
    const reporter = await loaded(context, one);
    context.reporters.push(reporter);
    await reporter.onInit?.(context);
  });
  return Promise.all([...begun, ...own]);
}

// What an earlier run of the same share wrote stays.
function joined(before, after) {
  const begin = after.indexOf('>', after.indexOf('<testsuites')) + 1;
  return before.slice(0, before.lastIndexOf('</testsuites>')) + after.slice(begin).trimStart();
}

function reporter_of({ request, map, JUnit }) {
  const file = `${request.junit}.part`;
  // The versions that know no file of their own read it from the configuration.
  const with_file = (context) => {
    const config = new Proxy(context.config, {
      get: (target, name) => (name === 'outputFile' ? { junit: file } : Reflect.get(target, name)),
    });
    return new Proxy(context, {
      get(target, name) {
        if (name === 'config') return config;
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  const finish = () => {
    const text = fs.readFileSync(file, 'utf8');
    const before = request.append && fs.existsSync(request.junit) ? fs.readFileSync(request.junit, 'utf8') : '';
    if (before.includes('</testsuites>')) fs.writeFileSync(file, joined(before, text));
    fs.renameSync(file, request.junit);
  };
  class AlibiReporter extends JUnit {
    constructor() {
      super({ outputFile: file });
    }
    async onInit(context) {
      const restored = request.restore ? restore(context, map) : undefined;
      try {
        await super.onInit(with_file(context));
      } catch (error) {
        complain('no JUnit report', error);
      }
      await restored;
    }
  }
  for (const name of ['onFinished', 'onTestRunEnd']) {
    const original = JUnit.prototype[name];
    if (typeof original !== 'function') continue;
    AlibiReporter.prototype[name] = async function (...given) {
      try {
        await original.apply(this, given);
        finish();
      } catch (error) {
        complain('no JUnit report', error);
      }
    };
  }
  return AlibiReporter;
}

async function reporter() {
  try {
    return reporter_of(await prepared());
  } catch (error) {
    complain('no JUnit report', error);
    return class {};
  }
}

export default await reporter();
