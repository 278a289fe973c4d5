import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCUMENT = join(import.meta.dirname, '../../docs/compatibility.md');
const HEADING = '## Recorded answers of upstream that differ';

/**
 * The steps whose recorded answer a correct 1.36 does not give, as docs/compatibility.md names them: rows of `scenario: step, step; scenario: step` and the
 * reason. Keys are `scenario/step`.
 */
export function knownDifferences(): Map<string, string> {
  const [, section = ''] = readFileSync(DOCUMENT, 'utf8').split(`${HEADING}\n`);
  const known = new Map<string, string>();
  for (const line of (section.split('\n## ')[0] ?? '').split('\n')) {
    const [, steps = '', reason = ''] = /^\| (.+?) \| (.+) \|$/.exec(line) ?? [];
    if (!steps.includes(': ')) continue;
    for (const part of steps.split('; ')) {
      const [scenario = '', ids = ''] = part.split(': ');
      for (const id of ids.split(', ')) known.set(`${scenario}/${id}`, reason);
    }
  }
  return known;
}
