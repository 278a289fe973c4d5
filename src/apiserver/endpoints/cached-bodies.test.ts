import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cronJobs, configMaps, events, flowSchemas, type JsonValue, type KubeObject, pods, type ResourceDefinition } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { PiecedBody } from '../listener/pieced-body.ts';
import { type Call, servedAs, type Served } from '../registry/call.ts';
import { Entry, encodeStored, formatOf } from '../watch-cache/entry.ts';
import { ResourceCache } from '../watch-cache/resource-cache.ts';
import { itemOf, listBody, partialListBody } from './list-body.ts';
import { partialList, tableOf, type TableOptions } from './table.ts';
import { tableBody } from './table-body.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

function callOf(definition: ResourceDefinition): Call {
  const served = servedAs(definition, definition.group, definition.version) as Served;
  const user: UserInfo = { username: 'someone' };
  const base = { namespace: '', subresource: '', isDryRun: false, fieldManager: '', fieldValidation: 'Ignore', warnings: [] } as const;
  return { ...base, warnings: [], definition, served, cache: new ResourceCache(definition), user };
}

function metadataOf(name: string, createdAt: string): KubeObject['metadata'] {
  const annotations = { note: 'a "quoted" \\ text }{ é😀' };
  return { name, namespace: 'ns', uid: `uid-${name}`, creationTimestamp: createdAt, annotations, labels: { app: name } };
}

function entriesOf(definition: ResourceDefinition, specs: readonly object[]): Entry[] {
  const format = formatOf(definition);
  return specs.map((rest, i) => {
    const object = { kind: format.kind, apiVersion: format.apiVersion, metadata: metadataOf(`object-${i}`, `2026-02-2${i}T10:00:00Z`), ...rest } as KubeObject;
    return new Entry(format, { namespace: 'ns', name: `object-${i}` }, encodeStored(format, object), 100 + i);
  });
}

const terminated = { exitCode: 1, finishedAt: '2026-03-01T11:50:00Z' };
const schemas = [9000, 3, 3].map((matchingPrecedence) => ({ spec: { matchingPrecedence, priorityLevelConfiguration: { name: 'a' } } }));
const kinds: readonly [ResourceDefinition, readonly object[]][] = [
  [configMaps, [{ data: { a: '1' } }, {}]],
  [flowSchemas, schemas],
  [
    pods,
    [
      { spec: { containers: [{ name: 'a' }] }, status: { phase: 'Pending' } },
      { spec: { containers: [{ name: 'a' }] }, status: { phase: 'Succeeded' } },
      {
        spec: { containers: [{ name: 'a' }], nodeName: 'n' },
        status: { phase: 'Running', containerStatuses: [{ name: 'a', restartCount: 3, lastState: { terminated } }] },
      },
      { spec: { containers: [] }, status: { phase: 'Failed', reason: 'Evicted' } },
    ],
  ],
  [events, [{ involvedObject: { kind: 'Pod', name: 'p' }, lastTimestamp: '2026-03-01T11:00:00Z', count: 2 }, { involvedObject: {} }]],
  [
    cronJobs,
    [
      {
        spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { containers: [] } } } } },
        status: { lastScheduleTime: '2026-03-01T11:59:00Z' },
      },
    ],
  ],
];

function textOf(body: PiecedBody | undefined): string {
  assert.ok(body);
  return Buffer.concat([...body.pieces()].map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece))).toString();
}
/** As clients read it: the order of fields does not count. */
function parsed(text: string): JsonValue {
  assert.ok(text.endsWith('\n'));
  return JSON.parse(text) as JsonValue;
}
const asJson = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;

for (const [definition, specs] of kinds) {
  void test(`tables of ${definition.plural} out of cached bytes are those made of objects, at any time and again`, () => {
    const call = callOf(definition);
    const all = entriesOf(definition, specs);
    for (const entries of [all, all.slice(0, 1), []]) {
      for (const includeObject of ['None', 'Metadata'] as const) {
        for (const nowMs of [NOW, NOW + 90_000, NOW + 9e9, NOW - 9e9]) {
          const options: TableOptions = { includeObject, hasHeaders: true, nowMs, metaVersion: 'v1beta1' };
          const metadata = { resourceVersion: '7', continue: 'x' };
          assert.deepEqual(parsed(textOf(tableBody(call, { entries, metadata }, options))), asJson(tableOf(call, entries, metadata, options)));
        }
      }
    }
  });

  void test(`lists of ${definition.plural} out of cached bytes are those made of objects`, () => {
    const call = callOf(definition);
    for (const entries of [entriesOf(definition, specs), []]) {
      const metadata = { resourceVersion: '7', remainingItemCount: 3 };
      const { kind, items } = parsed(textOf(listBody(call, { entries, metadata }))) as Record<string, JsonValue>;
      assert.equal(kind, definition.listKind);
      assert.deepEqual(items, asJson(entries.map((entry) => itemOf(call, entry))));
      assert.deepEqual(parsed(textOf(partialListBody({ entries, metadata }, 'v1'))), asJson(partialList(entries, metadata, 'v1')));
    }
  });
}

void test('a list of a version that is not the stored one is converted', () => {
  const call = callOf(configMaps);
  const fromStored = (object: KubeObject): KubeObject => ({ ...object, metadata: { name: `${object.metadata.name}-converted` } });
  const other = { ...call, served: { ...call.served, fromStored } };
  const entries = entriesOf(configMaps, [{}, {}]);
  const { items } = parsed(textOf(listBody(other, { entries, metadata: {} }))) as { items: KubeObject[] } & JsonValue;
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['object-0-converted', 'object-1-converted'],
  );
});

void test('a list’s hint is no less than its bytes, so that small ones are sent in one go', () => {
  const call = callOf(configMaps);
  for (const count of [0, 1, 2, 5]) {
    const entries = entriesOf(
      configMaps,
      Array.from({ length: count }, () => ({ data: { text: 'é' } })),
    );
    const body = listBody(call, { entries, metadata: { resourceVersion: '1' } });
    assert.ok(body.sizeHint >= Buffer.byteLength(textOf(body)));
  }
});

test('FlowSchemas are shown in the order in which they are tried', () => {
  const options: TableOptions = { includeObject: 'None', hasHeaders: true, nowMs: NOW, metaVersion: 'v1' };
  const { rows } = tableOf(callOf(flowSchemas), entriesOf(flowSchemas, schemas), {}, options);
  assert.deepEqual(
    rows.map((row) => (row as { cells: string[] }).cells[0]),
    ['object-1', 'object-2', 'object-0'],
  );
});
