import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ApiRequest, type KubeList, type KubeObject, StatusError } from '#api';
import type { ConfigMap } from '#api/types/core-v1';
import { createLog, FakeClock } from '#lib';
import { LegacyTokenUse } from './legacy-token-use.ts';

const DAY_MS = 86_400_000;

function setUp(since?: string) {
  const clock = new FakeClock(Date.parse('2026-03-04T23:00:00Z'));
  const sent: ApiRequest[] = [];
  let config: KubeObject | undefined = since === undefined ? undefined : ({ metadata: { name: 'c' }, data: { since } } as ConfigMap & KubeObject);
  const local = {
    async request(request: ApiRequest): Promise<KubeObject | KubeList> {
      if (request.verb === 'get') {
        if (!config) throw new StatusError('NotFound', 'none');
        return config;
      }
      sent.push(request);
      if (request.verb === 'create' || request.verb === 'update') config = request.body;
      return { metadata: {} };
    },
  };
  return {
    clock,
    sent,
    use: new LegacyTokenUse({ local, clock, log: createLog('apiserver') }),
    since: () => (config as ConfigMap | undefined)?.data?.['since'],
  };
}

describe('LegacyTokenUse', () => {
  test('says once since when it tells uses', async () => {
    const fresh = setUp();
    await fresh.use.start();
    await fresh.use.start();
    assert.deepEqual([fresh.since(), fresh.sent.map(({ verb }) => verb)], ['2026-03-04', ['create']]);
    const damaged = setUp('long ago');
    await damaged.use.start();
    assert.deepEqual([damaged.since(), damaged.sent.map(({ verb }) => verb)], ['2026-03-04', ['update']]);
    const known = setUp('2020-01-01');
    await known.use.start();
    assert.deepEqual([known.since(), known.sent], ['2020-01-01', []]);
  });

  test('labels a Secret once a day, one request at a time', async () => {
    const { clock, sent, use } = setUp();
    const secret = (lastUsed?: string): KubeObject => ({
      metadata: { namespace: 'n', name: 's', uid: 'u', ...(lastUsed ? { labels: { 'kubernetes.io/legacy-token-last-used': lastUsed } } : {}) },
    });
    use.note(secret());
    use.note(secret());
    assert.deepEqual(
      sent.map((request) => request.verb === 'patch' && [request.ref, request.body]),
      [[{ namespace: 'n', name: 's' }, { metadata: { uid: 'u', labels: { 'kubernetes.io/legacy-token-last-used': '2026-03-04' } } }]],
    );
    await new Promise(setImmediate);
    for (const day of ['2026-03-04', '2026-03-05']) use.note(secret(day));
    assert.equal(sent.length, 1);
    await clock.advance(2 * DAY_MS);
    use.note(secret('2026-03-05'));
    assert.equal(sent.length, 2);
  });
});
