import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../json.ts';
import { messageDecoder } from './decoder.ts';
import { ProtobufError, ProtobufReader } from './protobuf-reader.ts';

const read = (groupVersion: string, struct: string, hex: string | Buffer): JsonObject =>
  messageDecoder({ groupVersion, struct })(new ProtobufReader(Buffer.isBuffer(hex) ? hex : Buffer.from(hex.replaceAll(' ', ''), 'hex')), {});
const configMap = (hex: string): JsonObject => read('core/v1', 'ConfigMap', hex);

describe('what is known', () => {
  for (const [what, hex, expected] of [
    ['the last of a scalar counts, also when it is empty', '0a05 0a0161 1200 0a05 0a0162 1a00', { metadata: { name: 'b' } }],
    ['and where it is empty, the field is none', '0a03 0a0161 0a02 0a00', { metadata: {} }],
    ['structs that come twice are one', '0a03 0a0161 0a03 1a016e', { metadata: { name: 'a', namespace: 'n' } }],
    ['an entry without a value has an empty one, without a key an empty key', '1203 0a0161 1203 120162', { data: { a: '', '': 'b' } }],
    ['the last entry of a key counts', '1206 0a0161 120131 1206 0a0161 120132', { data: { a: '2' } }],
    ['texts that are no UTF-8 are repaired', '0a04 0a02ff61', { metadata: { name: '\ufffda' } }],
    ['keys are called as they like', '120d 0a09 5f5f70726f746f5f5f 1200', { data: JSON.parse('{"__proto__":""}') as object }],
  ] as const) {
    test(what, () => assert.deepEqual(configMap(hex), expected));
  }
  test('numbers that come packed', () => {
    // supplementalGroups = 4 of PodSecurityContext.
    assert.deepEqual(read('core/v1', 'PodSecurityContext', '2001 2003 2202 0506'), { supplementalGroups: [1, 3, 5, 6] });
  });
  test('int32 is cut, int64 is not', () => {
    assert.deepEqual(read('core/v1', 'ContainerPort', '18 ffffffffffffffffff01'), { containerPort: -1 });
    assert.deepEqual(read('core/v1', 'ContainerPort', '18 8080808010'), { containerPort: 0 });
    assert.deepEqual(read('core/v1', 'PodSecurityContext', '10 8080808010'), { runAsUser: 2 ** 32 });
  });
});

describe('what is unknown is passed over', () => {
  const name = { metadata: { name: 'a' } };
  for (const [what, hex] of [
    ['a number', 'f807 ffff01 0a03 0a0161'],
    ['a text', 'fa07 03 616263 0a03 0a0161'],
    ['fixed ones', 'f907 0102030405060708 fd07 01020304 0a03 0a0161'],
    ['a group with a group', 'fb07 0801 0b 1201ff 0c fc07 0a03 0a0161'],
    ['in a map', '1209 0a0161 1a017a 120162 0a03 0a0161'],
  ] as const) {
    test(what, () => assert.deepEqual(configMap(hex)['metadata'], name.metadata));
  }
});

describe('what is refused, in the words of upstream', () => {
  for (const [what, hex, message] of [
    ['a length beyond the end', '0a05 0a0161', 'unexpected EOF'],
    ['a length of nine bytes', '0a ffffffffffffffff7f', 'unexpected EOF'],
    ['a negative length', '0a ffffffffffffffffff01', 'proto: negative length found during unmarshaling'],
    ['an endless number', '0a ffffffffffffffffffff01', 'proto: integer overflow'],
    ['a cut tag', '80', 'unexpected EOF'],
    ['another wire type', '08 01', 'proto: wrong wireType = 0 for field ObjectMeta'],
    ['field 0', '02 00', 'proto: ConfigMap: illegal tag 0 (wire type 2)'],
    ['the end of a group that is none', '0c', 'proto: ConfigMap: wiretype end group for non-group'],
    ['a group without an end', 'fb07 0801', 'unexpected EOF'],
    ['a wire type that is none', 'ff07', 'proto: illegal wireType 7'],
  ] as const) {
    test(what, () => assert.throws(() => configMap(hex), new ProtobufError(message)));
  }
  test('times that no calendar has', () => {
    assert.throws(() => read('meta/v1', 'ObjectMeta', '420c 08 ffffffffffffffff7f 1000'), /year outside of range/);
    assert.throws(() => read('meta/v1', 'ObjectMeta', '4207 08 8080808080 40'), /year outside of range/);
  });
  test('JSON that is none, or nests without end', () => {
    assert.throws(() => read('meta/v1', 'ManagedFieldsEntry', '3a04 0a027b7b'), ProtobufError);
    const raw = Buffer.from('['.repeat(100_000) + ']'.repeat(100_000));
    const length = [0x0a, (raw.length & 0x7f) | 0x80, ((raw.length >> 7) & 0x7f) | 0x80, raw.length >> 14];
    const outer = raw.length + 4;
    const bytes = Buffer.concat([Buffer.from([0x3a, (outer & 0x7f) | 0x80, ((outer >> 7) & 0x7f) | 0x80, outer >> 14, ...length]), raw]);
    assert.throws(() => read('meta/v1', 'ManagedFieldsEntry', bytes), /max depth/);
  });
  test('structs that contain themselves without end', () => {
    // not (21) of JSONSchemaProps, in itself 100,000 times; lengths of up to four bytes.
    let bytes = Buffer.alloc(0);
    const parts: Buffer[] = [];
    let size = 0;
    for (let i = 0; i < 100_000; i++) {
      const head = Buffer.from([0xe2, 0x01, (size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, ((size >> 14) & 0x7f) | 0x80, (size >> 21) & 0x7f]);
      parts.push(head);
      size += head.length;
    }
    bytes = Buffer.concat(parts.toReversed());
    assert.throws(() => read('apiextensions/v1', 'JSONSchemaProps', bytes), /max depth/);
  });
});
