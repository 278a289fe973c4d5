import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeChange } from './describe-change.ts';

test('a change is told by the lines of JSON that it changes', () => {
  const struct = { groupVersion: 'core/v1', struct: 'PersistentVolumeClaimSpec' };
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const change = describeChange(struct, { ...spec, storageClassName: 'a' }, { ...spec, storageClassName: '<b>' });
  const lines = [
    '@@ -10,7 +10,7 @@',
    '   }',
    '  },',
    '  "VolumeName": "",',
    '- "StorageClassName": "a",',
    '+ "StorageClassName": "\\u003cb\\u003e",',
    '  "VolumeMode": null,',
    '  "DataSource": null,',
    '  "DataSourceRef": null,',
  ];
  assert.equal(change, `${lines.join('\n')}\n`);
});
