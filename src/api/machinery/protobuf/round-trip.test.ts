import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '#lib';
import { allResources } from '../../resources.ts';
import { generateObject } from '../../testing/generate-object.ts';
import { codecFor } from '../codec.ts';
import type { JsonObject } from '../json.ts';
import { cloneJson } from '../json-value.ts';
import { type SchemaRef, schemaOf } from '../schema.ts';
import { schemaRefOf } from './kind-schema.ts';
import { messageShape } from './message-shape.ts';
import { decodeProtobuf, encodeProtobuf } from './protobuf.ts';
import { ProtobufError } from './protobuf-reader.ts';

const TYPES = allResources.flatMap((each) =>
  [each, ...(each.alsoServedAs ?? [])].map(({ group, version }) => ({ group, version, kind: each.kind, list: each.listKind })),
);
const KINDS = [
  ...TYPES.flatMap(({ group, version, kind, list }) => [kind, list].map((each) => [group ? `${group}/${version}` : version, each] as const)),
  ...['Status', 'DeleteOptions', 'APIVersions', 'APIGroup', 'APIGroupList', 'APIResourceList'].map((kind) => ['v1', kind] as const),
  ['meta.k8s.io/v1', 'PartialObjectMetadata'],
  ['meta.k8s.io/v1', 'PartialObjectMetadataList'],
  ['autoscaling/v1', 'Scale'],
  ['policy/v1', 'Eviction'],
  ['authentication.k8s.io/v1', 'TokenRequest'],
  ['apidiscovery.k8s.io/v2', 'APIGroupDiscoveryList'],
] as const;

/** Protobuf carries no kind of what is no body of its own: items of lists, claim templates, an eviction's options. */
function isCarried({ groupVersion, struct }: SchemaRef, { name }: { readonly name: string }): boolean {
  return (name !== 'kind' && name !== 'apiVersion') || messageShape({ groupVersion, struct }).some((field) => field.name === name);
}

function roundTrip(apiVersion: string, kind: string, ref: SchemaRef, object: JsonObject): JsonObject {
  const decoded = decodeProtobuf(encodeProtobuf({ ...object, apiVersion, kind }, ref), ref);
  assert.deepEqual([decoded['apiVersion'], decoded['kind']], [apiVersion, kind]);
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = codecFor<JsonObject>(ref).convert(decoded).object;
  return rest;
}

describe('JSON, protobuf and JSON again', () => {
  const random = seededRandom(3);
  for (const [apiVersion, kind] of KINDS) {
    const ref = schemaRefOf(apiVersion, kind);
    // Reviews and subresources have no lists.
    if (!ref) continue;
    test(`${apiVersion} ${kind}`, () => {
      for (let size = 20; size <= 300; size += 40) {
        const object = generateObject(schemaOf(ref), random, { size, isWanted: isCarried });
        const original = cloneJson(object);
        const result = roundTrip(apiVersion, kind, ref, object);
        assert.deepEqual(result, original);
        assert.deepEqual(object, original, 'encoding changes nothing');
      }
    });
  }
  test('integers and durations that no number holds', () => {
    const metrics = { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics', window: '2540400h0m0.000000001s' };
    assert.equal(decodeProtobuf(encodeProtobuf(metrics))['window'], metrics.window);
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { generation: 9_007_199_254_740_993n } };
    assert.deepEqual(decodeProtobuf(encodeProtobuf(pod))['metadata'], pod.metadata);
    const least = { apiVersion: 'v1', kind: 'Pod', metadata: { generation: -(2n ** 63n) } };
    assert.deepEqual(decodeProtobuf(encodeProtobuf(least))['metadata'], least.metadata);
  });
  test('every served kind is known', () => {
    for (const { group, version, kind } of TYPES) assert.ok(schemaRefOf(group ? `${group}/${version}` : version, kind), kind);
    assert.equal(schemaRefOf('example.com/v1', 'Pod'), undefined);
    assert.equal(schemaRefOf('stable.example.com/v1', 'Status'), undefined);
    assert.equal(schemaRefOf('node.gateway.k8s.io/v1', 'RuntimeClass'), undefined);
    assert.equal(schemaRefOf('v1', 'constructor'), undefined);
  });
});

describe('damage', () => {
  const random = seededRandom(11);
  const bytesOf = (kind: string, apiVersion = 'v1'): Buffer => {
    const ref = schemaRefOf(apiVersion, kind) as SchemaRef;
    return encodeProtobuf({ ...generateObject(schemaOf(ref), random, { size: 150 }), apiVersion, kind }, ref);
  };
  /** Reads it or refuses it, and nothing else. */
  const read = (bytes: Buffer): boolean => {
    try {
      decodeProtobuf(bytes, { groupVersion: 'core/v1', struct: 'Pod' });
      return true;
    } catch (error) {
      if (error instanceof ProtobufError) return false;
      throw error;
    }
  };
  test('a body that ends too soon', () => {
    const bytes = bytesOf('Pod');
    let refused = 0;
    for (let length = 0; length < bytes.length; length++) if (!read(bytes.subarray(0, length))) refused++;
    // It may end before its last fields, which are empty.
    assert.ok(refused >= bytes.length - 4, `${refused} of ${bytes.length}`);
  });
  test('bytes that changed on their way', () => {
    let refused = 0;
    for (let round = 0; round < 4_000; round++) {
      const bytes = bytesOf(round % 2 === 0 ? 'Pod' : 'Node');
      for (let i = 0; i < 1 + (round % 5); i++) bytes[8 + Math.floor(random.number() * (bytes.length - 8))] = Math.floor(random.number() * 256);
      if (!read(bytes)) refused++;
    }
    assert.ok(refused > 1_000, String(refused));
  });
});
