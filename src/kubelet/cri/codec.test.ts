import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeMessage, encodeMessage } from './codec.ts';
import { CRI_MESSAGES, CRI_METHODS } from './schema.ts';

interface Facts {
  readonly messages: Record<string, { fields: Record<string, [number, string, string?]> }>;
  readonly services: Record<string, Record<string, [string, string]>>;
}
const facts = (JSON.parse(readFileSync(new URL('../../api/facts/grpc.json', import.meta.url), 'utf8')) as Record<string, Facts>)['runtime.v1'];

const camel = (name: string) => (name === 'CDI_devices' ? 'cdiDevices' : name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));

test("the table of messages has upstream's field numbers and types", () => {
  for (const [message, text] of Object.entries(CRI_MESSAGES)) {
    const known = new Map(Object.entries(facts?.messages[message]?.fields ?? {}).map(([name, field]) => [camel(name), field]));
    for (const field of text.split(' ').filter(Boolean)) {
      const [name = '', number, type = ''] = field.split(':');
      const [upstreamNumber, upstreamType = '', repeated] = known.get(name) ?? [];
      assert.equal(Number(number), upstreamNumber, `${message}.${name}`);
      assert.equal(type.endsWith('*'), repeated === 'repeated', `${message}.${name}`);
      const plain = type.replace('*', '');
      if (plain === 'map') assert.equal(upstreamType, 'map<string,string>');
      // Enums are sent as int32.
      else if (plain !== upstreamType) assert.equal(plain, 'int32', `${message}.${name} is ${upstreamType}`);
    }
  }
});

test("the methods have upstream's paths and messages", () => {
  for (const [name, method] of Object.entries(CRI_METHODS)) {
    const service = method.path.split('/')[1]?.split('.')[2] ?? '';
    assert.deepEqual(facts?.services[service]?.[name]?.slice(0, 2), [method.request, method.response]);
  }
});

test('a message survives encoding and decoding', () => {
  const message = {
    id: 'abc',
    metadata: { name: 'c', attempt: 3 },
    state: 2,
    createdAt: 1_795_247_670_520_934_100,
    startedAt: 0,
    finishedAt: -1,
    exitCode: 137,
    labels: { a: 'b', ü: '' },
    mounts: [{ containerPath: '/x', readonly: true }],
    user: { linux: { uid: 0, gid: 5, supplementalGroups: [1, 300, 70_000] } },
  };
  const decoded = decodeMessage('ContainerStatus', encodeMessage('ContainerStatus', message));
  assert.equal(decoded['id'], 'abc');
  assert.equal(decoded['createdAt'], message.createdAt);
  assert.equal(decoded['finishedAt'], -1);
  assert.equal(decoded['reason'], '');
  assert.deepEqual(decoded['labels'], message.labels);
  assert.deepEqual(decoded['metadata'], message.metadata);
  assert.deepEqual(decoded['user'], message.user);
  assert.equal((decoded['mounts'] as { readonly: boolean }[])[0]?.readonly, true);
});

test('unknown fields are skipped and a cut message is refused', () => {
  const known = encodeMessage('VersionResponse', { version: '1', runtimeName: 'x' });
  const unknown = Buffer.from([0xf8, 0x07, 0x05, 0xfa, 0x07, 0x01, 0x41]);
  assert.equal(decodeMessage('VersionResponse', Buffer.concat([unknown, known]))['runtimeName'], 'x');
  assert.throws(() => decodeMessage('VersionResponse', known.subarray(0, known.length - 1)), RangeError);
});
