import fs from 'node:fs';
export default class {
  onFinished(files) {
    for (const file of files) if (process.env.OWN_REPORT) fs.appendFileSync(process.env.OWN_REPORT, `${file.filepath}\n`);
  }
}
