import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admissionOf } from './admission-args.ts';

test("the plugins that are named, else k3s' own", () => {
  assert.deepEqual(admissionOf([])?.selection, { enable: ['NodeRestriction'], disable: undefined });
  assert.deepEqual(admissionOf(['enable-admission-plugins=AlwaysPullImages,NodeRestriction', 'disable-admission-plugins=LimitRanger'])?.selection, {
    enable: ['AlwaysPullImages', 'NodeRestriction'],
    disable: ['LimitRanger'],
  });
  assert.deepEqual(admissionOf(['disable-admission-plugins=NodeRestriction'])?.selection, { enable: [], disable: ['NodeRestriction'] });
});

test('how long Pods stay on lost nodes', () => {
  const { configuration } = admissionOf(['default-not-ready-toleration-seconds=30']) ?? {};
  assert.deepEqual(configuration, { tolerationSeconds: { notReady: 30, unreachable: undefined } });
  assert.throws(() => admissionOf(['admission-control-config-file=/nowhere']), /Cannot read admission configuration "\/nowhere"/);
});
