// Lists the test files of a project whose Vitest is too old for `list --filesOnly`:
// node alibi_vitest_list.mjs OUTPUT DIRECTORY CONFIG ROOT
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [output, directory, config, root] = process.argv.slice(2);
const folder = path.dirname(createRequire(path.join(directory, 'package.json')).resolve('vitest/package.json'));
const { exports } = createRequire(path.join(folder, 'package.json'))('./package.json');
const entry = exports['./node'];
const file = typeof entry === 'string' ? entry : entry.import?.default ?? entry.import ?? entry.default;
const { createVitest } = await import(pathToFileURL(path.join(folder, file)).href);

const options = { watch: false, run: true };
if (config) options.config = config;
if (root) options.root = root;
const vitest = await createVitest('test', options);
const specifications = await (vitest.globTestSpecifications ?? vitest.globTestSpecs ?? vitest.globTestFiles).call(vitest, []);
// A specification is a file, [project, file], or an object that names its file.
const file_of = (one) => (typeof one === 'string' ? one : one.moduleId ?? one[1]);
const files = [...new Set(specifications.map(file_of))].map((name) => ({ file: path.resolve(directory, name) }));
writeFileSync(output, JSON.stringify(files));
await vitest.close();
process.exit(0);
