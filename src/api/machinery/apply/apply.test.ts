import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import { codecFor } from '../codec.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { cloneJson } from '../json-value.ts';
import { mergePatch } from '../merge-patch.ts';
import type { KubeObject } from '../object.ts';
import { StatusError } from '../status-error.ts';
import { applyPatch } from './apply-patch.ts';
import { conflictError } from './conflicts.ts';
import { trackUpdate } from './track-update.ts';

/** One object through a sequence of writes, as a server would store it. */
class Store {
  live: KubeObject | undefined;
  readonly #codec;
  readonly #apiVersion: string;
  nowMs = Date.parse('2026-01-01T00:00:00Z');

  constructor(groupVersion: string, struct: string) {
    this.#codec = codecFor({ groupVersion, struct });
    this.#apiVersion = groupVersion.replace('core/', '');
  }
  apply(manager: string, stated: JsonObject, options: { force?: boolean; subresource?: string } = {}): boolean {
    this.nowMs += 1000;
    const { nowMs, live } = this;
    const result = applyPatch({ live, applied: stated, manager, schema: this.#codec.schema, apiVersion: this.#apiVersion, nowMs, ...options });
    this.#store(cloneJson(result.object));
    return result.changed;
  }
  update(manager: string, change: JsonObject, subresource = ''): void {
    this.nowMs += 1000;
    const { nowMs, live } = this;
    const updated = this.#codec.decode(cloneJson(mergePatch(live as unknown as JsonObject, change))).object;
    const managedFields = trackUpdate({ live, updated, manager, schema: this.#codec.schema, apiVersion: this.#apiVersion, subresource, nowMs });
    if (managedFields) updated.metadata.managedFields = managedFields;
    else delete updated.metadata.managedFields;
    this.#store(updated);
  }
  #store(object: KubeObject): void {
    const decoded = this.#codec.decode(object as unknown as JsonObject).object;
    decoded.metadata.uid ??= 'u';
    this.live = decoded;
  }
  get data(): unknown {
    return (this.live as unknown as JsonObject)['data'];
  }
  owners(): Record<string, unknown> {
    return Object.fromEntries(
      (this.live?.metadata.managedFields ?? []).map((e) => [`${e.operation} ${e.manager}${e.subresource ? `/${e.subresource}` : ''}`, e.fieldsV1]),
    );
  }
  /** The message of the conflict that applying this meets. */
  conflict(manager: string, stated: JsonObject): string {
    try {
      this.apply(manager, stated);
    } catch (error) {
      assert.ok(error instanceof StatusError && error.reason === 'Conflict');
      return error.message;
    }
    return assert.fail('no conflict');
  }
}
const configMap = (data: JsonObject | undefined, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', ...metadata },
  ...(data ? { data } : {}),
});

test('appliers own what they state, share what they agree on, and let go of what they drop', () => {
  const store = new Store('core/v1', 'ConfigMap');
  assert.ok(store.apply('m1', configMap({ a: '1', b: '1' })));
  assert.deepEqual(store.owners(), { 'Apply m1': { 'f:data': { 'f:a': {}, 'f:b': {} } } });
  assert.ok(!store.apply('m1', configMap({ a: '1', b: '1' })), 'the same again changes nothing, not even the time');
  assert.equal(store.conflict('m2', configMap({ a: '2' })), 'Apply failed with 1 conflict: conflict with "m1": .data.a');
  assert.ok(store.apply('m2', configMap({ a: '1' })));
  assert.deepEqual(store.owners(), { 'Apply m1': { 'f:data': { 'f:a': {}, 'f:b': {} } }, 'Apply m2': { 'f:data': { 'f:a': {} } } });
  store.apply('m1', configMap({ b: '1' }));
  assert.deepEqual(store.data, { a: '1', b: '1' }, 'm2 still owns a');
  store.apply('m2', configMap({ c: '3' }));
  assert.deepEqual(store.data, { b: '1', c: '3' });
  store.apply('m2', configMap({ b: '7', c: '3' }), { force: true });
  assert.deepEqual(store.owners(), { 'Apply m2': { 'f:data': { 'f:b': {}, 'f:c': {} } } });
  store.update('upd', { data: { b: '8', u: '1' } });
  assert.deepEqual(store.owners(), { 'Apply m2': { 'f:data': { 'f:c': {} } }, 'Update upd': { 'f:data': { 'f:b': {}, 'f:u': {} } } });
  assert.equal(
    store.conflict('m2', configMap({ b: '7', c: '3', u: '2' })),
    'Apply failed with 2 conflicts: conflicts with "upd" using v1:\n- .data.b\n- .data.u',
  );
  store.apply('m2', configMap({ b: '8', u: '1' }));
  store.apply('m2', configMap(undefined));
  assert.deepEqual(store.owners(), { 'Update upd': { 'f:data': { 'f:b': {}, 'f:u': {} } } });
  assert.deepEqual(store.data, { b: '8', u: '1' });
});

test('a conflict names every field and owner as causes', () => {
  const store = new Store('core/v1', 'ConfigMap');
  store.apply('m1', configMap({ a: '1' }));
  try {
    store.apply('m2', configMap({ a: '2' }));
    assert.fail('no conflict');
  } catch (error) {
    assert.ok(error instanceof StatusError);
    assert.equal(error.code, 409);
    assert.deepEqual(error.details, { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "m1"', field: '.data.a' }] });
  }
});

test('updates own what they change', () => {
  const store = new Store('core/v1', 'ConfigMap');
  store.update('alice', configMap({ a: '1' }, { labels: { l: '1' }, annotations: { n: '2' } }));
  const metadata = { 'f:annotations': { '.': {}, 'f:n': {} }, 'f:labels': { '.': {}, 'f:l': {} } };
  assert.deepEqual(store.owners(), { 'Update alice': { 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': metadata } });
  store.update('bob', { data: { b: '2' } });
  assert.deepEqual(store.owners()['Update bob'], { 'f:data': { 'f:b': {} } });
  const before = store.live?.metadata.managedFields;
  store.update('bob', { data: { b: '2' } });
  assert.deepEqual(store.live?.metadata.managedFields, before, 'nothing changed, not even the time');
  store.update('bob', { data: { a: '4' } });
  assert.deepEqual(store.owners(), { 'Update alice': { 'f:data': {}, 'f:metadata': metadata }, 'Update bob': { 'f:data': { 'f:a': {}, 'f:b': {} } } });
  store.update('dave', { metadata: { labels: null }, data: { z: '1' } });
  assert.deepEqual(store.owners()['Update alice'], { 'f:data': {}, 'f:metadata': { 'f:annotations': { '.': {}, 'f:n': {} } } });
});

test('managedFields that clients send are taken, ignored or forgotten', () => {
  const store = new Store('core/v1', 'ConfigMap');
  store.update('alice', configMap({ a: '1' }, { managedFields: [{ manager: 'me', operation: 'Bad', apiVersion: 'v1', fieldsType: 'X' }] }));
  assert.deepEqual(Object.keys(store.owners()), ['Update alice']);
  for (const fieldsV1 of [{ x: {} }, { 'f:a': 1 }, { 'k:{': {} }, [1]] as JsonValue[]) {
    store.update('bob', { metadata: { managedFields: [{ manager: 'me', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1 }] } });
    assert.deepEqual(Object.keys(store.owners()), ['Update alice'], JSON.stringify(fieldsV1));
  }
  store.update('bob', { metadata: { managedFields: [{}] } });
  assert.deepEqual(store.owners(), {}, 'forgotten');
  store.update('bob', { data: { b: '1' } });
  assert.deepEqual(store.owners(), {}, 'and not tracked again by updates');
  store.apply('m', configMap({ c: '1' }));
  assert.deepEqual(store.owners(), { 'Apply m': { 'f:data': { 'f:c': {} } }, 'Update before-first-apply': { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } } });
  assert.throws(() => store.apply('m', configMap({}, { managedFields: [{ manager: 'x' }] })), {
    reason: 'BadRequest',
    message: 'metadata.managedFields must be nil',
  });
});

test('at most ten updaters are told apart', () => {
  const store = new Store('core/v1', 'ConfigMap');
  for (let i = 0; i < 13; i++) store.update(`u${String(i).padStart(2, '0')}`, i === 0 ? configMap({ k0: '1' }) : { data: { [`k${i}`]: '1' } });
  const names = (store.live?.metadata.managedFields ?? []).map((e: ManagedFieldsEntry) => e.manager);
  assert.deepEqual(names, ['ancient-changes', 'u04', 'u05', 'u06', 'u07', 'u08', 'u09', 'u10', 'u11', 'u12']);
  assert.deepEqual(store.owners()['Update ancient-changes'], { 'f:data': { '.': {}, 'f:k0': {}, 'f:k1': {}, 'f:k2': {}, 'f:k3': {} } });
});

const deployment = (spec: JsonObject): JsonObject => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec });
const containers = (...list: JsonObject[]): JsonObject => deployment({ template: { spec: { containers: list } } });

test('lists with keys are merged item by item', () => {
  const store = new Store('apps/v1', 'Deployment');
  store.apply(
    'm1',
    deployment({
      replicas: 0,
      selector: { matchLabels: { app: 'a' } },
      template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: '1', ports: [{ containerPort: 80 }], args: ['x'] }] } },
    }),
  );
  assert.deepEqual(store.owners()['Apply m1'], {
    'f:spec': {
      'f:replicas': {},
      'f:selector': {},
      'f:template': {
        'f:metadata': { 'f:labels': { 'f:app': {} } },
        'f:spec': {
          'f:containers': {
            'k:{"name":"a"}': {
              '.': {},
              'f:args': {},
              'f:image': {},
              'f:name': {},
              'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
            },
          },
        },
      },
    },
  });
  store.apply('m2', containers({ name: 'b', image: '2' }));
  assert.equal(
    store.conflict('m2', containers({ name: 'a', image: '3' })),
    'Apply failed with 1 conflict: conflict with "m1": .spec.template.spec.containers[name="a"].image',
  );
  assert.equal(
    store.conflict('m2', containers({ name: 'a', args: ['y'], ports: [{ containerPort: 80, protocol: 'TCP', name: 'n' }] })),
    'Apply failed with 1 conflict: conflict with "m1": .spec.template.spec.containers[name="a"].args',
  );
  store.apply('m2', containers({ name: 'a', ports: [{ containerPort: 80, protocol: 'UDP' }] }));
  const spec = (store.live as unknown as { spec: { template: { spec: { containers: JsonObject[] } } } }).spec.template.spec;
  assert.deepEqual(
    spec.containers.map((c) => c['name']),
    ['a'],
    'b is dropped by the only one who owned it',
  );
  assert.deepEqual(spec.containers[0]?.['ports'], [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }]);
});

test('what does not fit the schema is refused', () => {
  const store = new Store('apps/v1', 'Deployment');
  const table: [JsonObject, string][] = [
    [deployment({ foo: 1 }), '.spec.foo: field not declared in schema'],
    [deployment({ paused: 'x', foo: 1 }), 'errors:\n  .spec.paused: expected boolean, got &{x}\n  .spec.foo: field not declared in schema'],
    [containers({ name: 'a' }, { name: 'a' }), '.spec.template.spec.containers: duplicate entries for key [name="a"]'],
    [
      containers({ image: 'a' }),
      '.spec.template.spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
  ];
  for (const [stated, cause] of table) {
    assert.throws(() => store.apply('m', stated), { code: 500, message: `failed to create typed patch object (/d; apps/v1, Kind=Deployment): ${cause}` });
  }
});

test('status and spec are owned through their own endpoints', () => {
  const store = new Store('core/v1', 'Pod');
  const pod = (rest: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, ...rest });
  store.update('creator', pod({ spec: { containers: [{ name: 'c' }] }, status: { phase: 'Pending' } }));
  assert.deepEqual(store.owners(), {
    'Update creator': { 'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': {}, 'f:name': {}, 'f:resources': {} } } } },
  });
  store.update('kubelet', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }, 'status');
  assert.deepEqual(store.owners()['Update kubelet/status'], {
    'f:status': {
      'f:conditions': { '.': {}, 'k:{"type":"Ready"}': { '.': {}, 'f:lastProbeTime': {}, 'f:lastTransitionTime': {}, 'f:status': {}, 'f:type': {} } },
    },
  });
  assert.throws(() => store.apply('other', pod({ status: { conditions: [{ type: 'Ready', status: 'False' }] } }), { subresource: 'status' }), {
    message: 'Apply failed with 1 conflict: conflict with "kubelet" with subresource "status" using v1: .status.conditions[type="Ready"].status',
  });
});

test('kubectl takes over from its own client-side apply', () => {
  const store = new Store('core/v1', 'ConfigMap');
  const stated = configMap({ a: '1' }, { annotations: {} });
  const annotation = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(stated) };
  store.update('kubectl-client-side-apply', configMap({ a: '1', b: '1' }, { annotations: annotation }));
  assert.match(store.conflict('other', configMap({ a: '2' })), /conflict with "kubectl-client-side-apply" using v1: \.data\.a$/);
  assert.match(store.conflict('kubectl', configMap({ b: '2' })), /\.data\.b$/, 'what was not applied is not taken');
  store.apply('kubectl', configMap({ a: '2' }));
  assert.deepEqual(store.data, { a: '2', b: '1' });
  assert.equal(
    store.live?.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'],
    `${JSON.stringify({ apiVersion: 'v1', data: { a: '2' }, kind: 'ConfigMap', metadata: { name: 'x' } })}\n`,
  );
});

test('without a schema lists are one value', () => {
  const applied: JsonObject = { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, spec: { list: [{ name: 'a' }], map: { k: 1 } } };
  const { object } = applyPatch({ live: undefined, applied, manager: 'm', schema: undefined, apiVersion: 'x/v1', nowMs: 0 });
  assert.deepEqual(object.metadata.managedFields?.[0]?.fieldsV1, {
    'f:spec': { '.': {}, 'f:list': {}, 'f:map': { '.': {}, 'f:k': {} } },
  });
});

test('neither the live object nor the statement is changed', () => {
  const freeze = <T>(value: T): T => {
    if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
    return value;
  };
  const store = new Store('core/v1', 'ConfigMap');
  store.apply('m1', configMap({ a: '1', b: '1' }));
  freeze(store.live);
  store.apply('m1', freeze(configMap({ b: '2' })));
  assert.deepEqual(store.data, { b: '2' });
});

test('conflicts stand in the order of their managers’ identifiers', () => {
  const entry = (operation: 'Apply' | 'Update', subresource?: string): ManagedFieldsEntry => ({
    manager: 'm',
    operation,
    apiVersion: 'v1',
    ...(subresource ? { subresource } : {}),
  });
  const set = { 'f:data': { 'f:a': {} } };
  const entries = [entry('Update'), entry('Apply', 'status'), entry('Update', 'status'), entry('Apply')];
  const { message } = conflictError(entries.map((each) => ({ entry: each, set })));
  const owners = [...message.matchAll(/conflicts with (.*):\n/g)].map(([, owner]) => owner);
  assert.deepEqual(owners, ['"m" with subresource "status"', '"m"', '"m" with subresource "status" using v1', '"m" using v1']);
});
