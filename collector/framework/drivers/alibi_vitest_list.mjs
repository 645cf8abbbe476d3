// Lists the test files of each project of Vitest's, and the folder that its patterns are relative to: of a Vitest that is
// too old for `list --filesOnly`, and where it has to be known what a part of a path means.
// node alibi_vitest_list.mjs OUTPUT DIRECTORY OPTIONS FILTERS, the last two as JSON
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [output, directory, given, filters] = process.argv.slice(2);
const folder = path.dirname(createRequire(path.join(directory, 'package.json')).resolve('vitest/package.json'));
const { exports } = createRequire(path.join(folder, 'package.json'))('./package.json');
const entry = exports['./node'];
const file = typeof entry === 'string' ? entry : entry.import?.default ?? entry.import ?? entry.default;
const { createVitest } = await import(pathToFileURL(path.join(folder, file)).href);

const vitest = await createVitest('test', { watch: false, run: true, ...JSON.parse(given) });
const glob = vitest.globTestSpecifications ?? vitest.globTestSpecs ?? vitest.globTestFiles;
const specifications = await glob.call(vitest, JSON.parse(filters));
// A specification is a file, [project, file], or an object that names both.
const file_of = (one) => (typeof one === 'string' ? one : one.moduleId ?? one[1]);
const folder_of = (one) => {
  const { config = vitest.config } = (typeof one === 'string' ? undefined : one.project ?? one[0]) ?? {};
  return path.resolve(config.root, config.dir ?? '');
};
const files = specifications.map((one) => ({ file: path.resolve(directory, file_of(one)), folder: folder_of(one) }));
writeFileSync(output, JSON.stringify(files));
await vitest.close();
process.exit(0);
