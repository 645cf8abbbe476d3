// Writes a JUnit report of what a test framework of Node says. Used by Alibi's drivers inside the framework's
// process; a fault here never becomes one of the tests.
'use strict';

const fs = require('fs');
const path = require('path');

// Without what XML cannot hold, control characters and halves of surrogate pairs.
function escaped(value) {
  return String(value)
    .replace(/\u001b\[[0-9;]*m/g, '') // colours, before what begins them is gone
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

function attributes(values) {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join('');
}

class Report {
  constructor(directory) {
    this.directory = directory;
    this.files = new Map();
  }

  // test: {name, suite, seconds, failure, error, skipped}; seconds of the file may be given with file_took().
  add(file, test) {
    this.entry(file).tests.push(test);
  }

  file_took(file, seconds) {
    this.entry(file).seconds = seconds;
  }

  entry(file) {
    const name = file ? path.relative(this.directory, file).split(path.sep).join('/') : '';
    if (!this.files.has(name)) this.files.set(name, { name, tests: [], seconds: undefined });
    return this.files.get(name);
  }

  suites() {
    return [...this.files.values()].map((entry) => suite_text(entry)).join('');
  }

  // after: what a part of the same run wrote to the same file before stays in it.
  write(target, after) {
    const end = '</testsuites>\n';
    let text = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n';
    if (after && fs.existsSync(target)) {
      const before = fs.readFileSync(target, 'utf8');
      if (before.endsWith(end)) text = before.slice(0, -end.length);
    }
    fs.writeFileSync(`${target}.part`, text + this.suites() + end);
    fs.renameSync(`${target}.part`, target);
  }
}

function suite_text({ name, tests, seconds }) {
  const count = (kind) => tests.filter((test) => test[kind] !== undefined && test[kind] !== false).length;
  const sum = tests.reduce((total, test) => total + (test.seconds || 0), 0);
  const time = (seconds === undefined ? sum : seconds).toFixed(3);
  const head = attributes({
    name, file: name, tests: tests.length, failures: count('failure'), errors: count('error'),
    skipped: count('skipped'), time,
  });
  return `  <testsuite${head}>\n${tests.map((test) => test_text(name, test)).join('')}  </testsuite>\n`;
}

function test_text(file, test) {
  const head = attributes({
    classname: test.suite || file, name: test.name, file, time: (test.seconds || 0).toFixed(3),
  });
  let inside = '';
  for (const kind of ['failure', 'error']) {
    if (test[kind] === undefined) continue;
    const message = String(test[kind]).split('\n', 1)[0];
    inside += `      <${kind}${attributes({ message })}>${escaped(test[kind])}</${kind}>\n`;
  }
  if (test.skipped) inside += '      <skipped/>\n';
  return inside ? `    <testcase${head}>\n${inside}    </testcase>\n` : `    <testcase${head}/>\n`;
}

module.exports = { Report };
