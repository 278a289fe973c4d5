import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatastore } from './conformance/index.ts';
import { openDatastore } from './index.ts';

testDatastore('memory', () => openDatastore({ endpoint: 'memory' }));
testDatastore('sqlite', (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'datastore-'));
  context.after(() => rmSync(directory, { recursive: true }));
  return openDatastore({ path: join(directory, 'state.db') });
});
