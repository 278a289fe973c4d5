import assert from 'node:assert/strict';
import { test } from 'node:test';
import { services } from '#api';
import { createLog, FakeClock } from '#lib';
import type { ObjectReader } from '../../contract.ts';
import type { LocalServer } from '../../endpoints/local.ts';
import { KubernetesService } from './kubernetes-service.ts';

test('what could not be written is tried again', async () => {
  const clock = new FakeClock();
  const answers = [new Error('no datastore'), new Error('still none'), undefined];
  const asked: string[] = [];
  const local = {
    request: ({ verb, resource }: { verb: string; resource: unknown }) => {
      asked.push(`${verb} ${resource === services ? 'service' : 'other'}`);
      const failure = answers.shift();
      return failure ? Promise.reject(failure) : Promise.resolve(undefined);
    },
  } as unknown as LocalServer;
  const reader = { settled: () => Promise.resolve(), get: () => undefined, onChange: () => () => undefined } as unknown as ObjectReader;
  const keeper = new KubernetesService({ local, reader, clock, log: createLog('test'), clusterIp: '10.43.0.1', endpoint: undefined });
  await keeper.start();
  assert.equal(asked.length, 1);
  await clock.advance(9_999);
  assert.equal(asked.length, 1);
  await clock.advance(30_001);
  assert.deepEqual(asked, ['create service', 'create service', 'create service']);
  await keeper.stop();
});
