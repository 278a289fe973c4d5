import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Taint, Toleration } from '#api/types/core-v1';
import { toleratedSeconds } from './plan.ts';

const TAINT: Taint = { key: 'k', value: 'v', effect: 'NoExecute' };

describe('how long taints are tolerated', () => {
  const table: { name: string; tolerations: Toleration[]; taints?: Taint[]; seconds: number | 'never' }[] = [
    { name: 'not at all without a toleration', tolerations: [], seconds: 0 },
    { name: 'for good without a limit', tolerations: [{ key: 'k', value: 'v' }], seconds: 'never' },
    { name: 'as long as the toleration says', tolerations: [{ key: 'k', operator: 'Exists', tolerationSeconds: 30 }], seconds: 30 },
    { name: 'an empty key with Exists tolerates all', tolerations: [{ operator: 'Exists' }], seconds: 'never' },
    { name: 'another value does not count', tolerations: [{ key: 'k', value: 'other' }], seconds: 0 },
    { name: 'another effect does not count', tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }], seconds: 0 },
    { name: 'a negative time is none', tolerations: [{ operator: 'Exists', tolerationSeconds: -5 }], seconds: 0 },
    {
      name: 'of several the shortest',
      tolerations: [
        { key: 'k', operator: 'Exists', tolerationSeconds: 30 },
        { key: 'j', operator: 'Exists', tolerationSeconds: 9 },
      ],
      taints: [TAINT, { key: 'j', effect: 'NoExecute' }],
      seconds: 9,
    },
    { name: 'all taints must be tolerated', tolerations: [{ key: 'k', operator: 'Exists' }], taints: [TAINT, { key: 'j', effect: 'NoExecute' }], seconds: 0 },
  ];
  for (const { name, tolerations, taints = [TAINT], seconds } of table) {
    test(name, () => assert.equal(toleratedSeconds({ metadata: {}, spec: { containers: [], tolerations } }, taints), seconds));
  }
});
