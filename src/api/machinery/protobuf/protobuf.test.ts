import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openEnvelope } from './envelope.ts';
import { decodeProtobuf } from './protobuf.ts';

/** A length-delimited field. */
const field = (number: number, content: Buffer | string): Buffer => {
  const bytes = Buffer.from(content as string);
  const tag = (number << 3) | 2;
  return Buffer.concat([Buffer.from(tag < 0x80 ? [tag] : [(tag & 0x7f) | 0x80, tag >> 7]), Buffer.from([bytes.length]), bytes]);
};
const varint = (number: number, value: number): Buffer => Buffer.from([number << 3, value]);
const body = (apiVersion: string, kind: string, ...fields: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), field(1, Buffer.concat([field(1, apiVersion), field(2, kind)])), field(2, Buffer.concat(fields))]);

test('what kubectl create configmap sends', () => {
  const hex = '6b3873000a0f0a0276311209436f6e6669674d6170121b0a110a0161120 01a0022002a00320038004200120 60a01611201621a002200'.replaceAll(' ', '');
  const object = decodeProtobuf(Buffer.from(hex, 'hex'), { groupVersion: 'core/v1', struct: 'ConfigMap' });
  assert.deepEqual([object['apiVersion'], object['kind'], object['data']], ['v1', 'ConfigMap', { a: 'b' }]);
});

describe('values', () => {
  const pod = (...spec: Buffer[]) => decodeProtobuf(body('v1', 'Pod', field(2, Buffer.concat(spec))), { groupVersion: 'core/v1', struct: 'Pod' })['spec'];
  test('nested messages, lists, numbers, inlined structs', () => {
    // volumes[0].volumeSource.configMap.localObjectReference.name
    assert.deepEqual(pod(field(1, Buffer.concat([field(1, 'v'), field(2, field(19, field(1, field(1, 'settings'))))]))), {
      volumes: [{ name: 'v', configMap: { name: 'settings' } }],
    });
    assert.deepEqual(pod(field(2, field(1, 'a')), field(2, field(1, 'b')), varint(4, 30)), {
      containers: [{ name: 'a' }, { name: 'b' }],
      terminationGracePeriodSeconds: 30,
    });
  });
  test('quantities, int-or-strings, maps', () => {
    const limits = field(1, Buffer.concat([field(1, 'cpu'), field(2, field(1, '500m'))]));
    assert.deepEqual(pod(field(2, field(8, limits))), { containers: [{ resources: { limits: { cpu: '500m' } } }] });
    const port = field(2, Buffer.concat([varint(1, 1), field(3, 'http')]));
    assert.deepEqual(pod(field(2, field(11, field(1, field(2, port))))), { containers: [{ readinessProbe: { httpGet: { port: 'http' } } }] });
  });
  test('times; the empty one is none', () => {
    const seconds = Buffer.from([0x08, 0x80, 0xa6, 0xd6, 0xca, 0x06]); // 1767215872
    const meta = field(1, Buffer.concat([field(8, ''), field(9, seconds)]));
    const object = decodeProtobuf(body('v1', 'Pod', meta), { groupVersion: 'core/v1', struct: 'Pod' });
    assert.deepEqual(object['metadata'], { deletionTimestamp: '2025-12-31T21:17:52Z' });
  });
});

describe('damage', () => {
  for (const [what, bytes, message] of [
    ['no envelope', Buffer.from('{}'), /expected prefix/],
    ['a length beyond the end', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x12, 0x7f, 0x01])]), /unexpected EOF/],
    ['a cut number', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x80])]), /unexpected EOF/],
    ['an endless number', Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(20, 0xff)]), /overflow/],
  ] as const) {
    test(what, () => assert.throws(() => openEnvelope(bytes), message));
  }
});
