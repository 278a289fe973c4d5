/** The ways in which the server is attacked. Objects have few names, so that what is stored stays little. */
import { allResources, apiVersionOf, encodeProtobuf, hasProtobuf, type JsonObject, type ResourceDefinition, schemaOf } from '#api';
import type { Random } from '#lib';
import { generateObject } from '../../src/api/testing/generate-object.ts';
import { chance, damageBytes, damageJson, integer, json, noise, pick, text } from './noise.ts';
import type { FuzzRequest, Target } from './target.ts';

export interface Attack {
  readonly name: string;
  run(target: Target, random: Random): Promise<void>;
}

export const NAMESPACE = 'fuzz';
const NAMES = ['a', 'b', 'c'];
const stored = allResources.filter(({ storage, plural }) => storage !== undefined && !['namespaces', 'nodes', 'apiservices'].includes(plural));
const JSON_TYPE = { 'content-type': 'application/json' };
const PATCH_TYPES = ['merge-patch+json', 'strategic-merge-patch+json', 'json-patch+json', 'apply-patch+yaml'].map((type) => `application/${type}`);

/** `/api/v1/namespaces/fuzz/pods`. */
function pathOf(definition: ResourceDefinition): string {
  const { group, version, plural, namespaced } = definition;
  return `${group ? `/apis/${group}` : '/api'}/${version}${namespaced ? `/namespaces/${NAMESPACE}` : ''}/${plural}`;
}
function objectOf(definition: ResourceDefinition, random: Random): JsonObject {
  const object = generateObject(schemaOf(definition.schema), random, { size: 10 + integer(random, 60) });
  const metadata: JsonObject = { ...(object['metadata'] as JsonObject), name: `fuzz-${pick(random, NAMES)}` };
  for (const field of ['namespace', 'resourceVersion', 'uid', 'finalizers', 'ownerReferences', 'deletionTimestamp'])
    if (chance(random, 0.95)) delete metadata[field];
  return { ...object, kind: definition.kind, apiVersion: apiVersionOf(definition), metadata };
}
const bodyOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? '');

async function write(target: Target, random: Random, definition: ResourceDefinition, body: Buffer, headers: Record<string, string>): Promise<void> {
  const base = pathOf(definition);
  const query = chance(random, 0.3) ? `?${queryOf(random)}` : '';
  await target.send({ method: 'POST', path: base + query, headers, body });
  const name = `fuzz-${pick(random, NAMES)}`;
  const part = pick(random, ['', '', '', '/status', '/scale', '/resize', '/ephemeralcontainers', '/eviction', '/binding', '/token', '/approval', '/finalize']);
  await target.send({ method: 'PUT', path: `${base}/${name}${part}${query}`, headers, body });
  if (chance(random, 0.3)) await target.send({ method: 'DELETE', path: `${base}/${name}?gracePeriodSeconds=0` });
}

const bodies: Attack = {
  name: 'bodies',
  async run(target, random) {
    const definition = pick(random, stored);
    const object = objectOf(definition, random);
    const damaged = chance(random, 0.7) ? damageJson(random, object) : object;
    const body = chance(random, 0.2) ? damageBytes(random, bodyOf(damaged)) : bodyOf(damaged);
    await write(target, random, definition, body, JSON_TYPE);
  },
};
const protobuf: Attack = {
  name: 'protobuf',
  async run(target, random) {
    const definition = pick(
      random,
      stored.filter(({ schema }) => hasProtobuf(schema)),
    );
    const bytes = encodeProtobuf(objectOf(definition, random) as JsonObject & { apiVersion: string; kind: string });
    const accept = chance(random, 0.5) ? { accept: 'application/vnd.kubernetes.protobuf' } : {};
    await write(target, random, definition, chance(random, 0.8) ? damageBytes(random, bytes) : bytes, {
      'content-type': 'application/vnd.kubernetes.protobuf',
      ...accept,
    });
  },
};
const yaml: Attack = {
  name: 'yaml',
  async run(target, random) {
    const definition = pick(random, stored);
    const { metadata, ...rest } = objectOf(definition, random);
    const lines = [`apiVersion: ${apiVersionOf(definition)}`, `kind: ${definition.kind}`, `metadata: ${JSON.stringify(metadata)}`];
    for (const [key, value] of Object.entries(rest)) if (!['kind', 'apiVersion'].includes(key)) lines.push(`${key}: ${JSON.stringify(value)}`);
    lines.push(pick(random, ['a: &a [1]\nb: *a', '? [x]\n: y', '<<: {a: b}', '--- # next', '!!binary "="', '\t- x', 'x: !!python/object y', text(random)]));
    await write(target, random, definition, damageBytes(random, Buffer.from(lines.join('\n'))), { 'content-type': 'application/yaml' });
  },
};

const patches: Attack = {
  name: 'patches',
  async run(target, random) {
    const definition = pick(random, stored);
    const type = pick(random, PATCH_TYPES);
    const object = objectOf(definition, random);
    await target.send({ method: 'POST', path: pathOf(definition), headers: JSON_TYPE, body: bodyOf(object) });
    const patch = type.includes('json-patch')
      ? jsonPatch(random, object)
      : directed(random, damageJson(random, chance(random, 0.5) ? object : objectOf(definition, random)));
    const body = chance(random, 0.2) ? damageBytes(random, bodyOf(patch)) : bodyOf(patch);
    const query = `fieldManager=${encodeURIComponent(safe(text(random)) || 'm')}&${chance(random, 0.5) ? 'force=true' : queryOf(random)}`;
    const part = pick(random, ['', '', '', '/status', '/scale']);
    await target.send({ method: 'PATCH', path: `${pathOf(definition)}/fuzz-${pick(random, NAMES)}${part}?${query}`, headers: { 'content-type': type }, body });
  },
};
function jsonPatch(random: Random, object: JsonObject): unknown {
  const pointer = (): string => {
    let path = '';
    let at: unknown = object;
    while (typeof at === 'object' && at !== null && chance(random, 0.85)) {
      const key = pick(random, [...Object.keys(at), '-', '0', '99', '~0', '~1x', '']);
      path += `/${key}`;
      at = (at as Record<string, unknown>)[key];
    }
    return path;
  };
  const one = (): unknown => ({
    op: pick(random, ['add', 'remove', 'replace', 'move', 'copy', 'test', 'x']),
    path: pointer(),
    from: pointer(),
    value: json(random),
  });
  return Array.from({ length: 1 + integer(random, 5) }, () => (chance(random, 0.1) ? json(random) : one()));
}
/** Directives of strategic merge patch, anywhere. */
function directed(random: Random, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => directed(random, item));
    return chance(random, 0.2) ? [...items, { $patch: pick(random, ['replace', 'delete', 'merge', 'x']) }] : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    const own: [string, unknown] = [key, directed(random, member)];
    if (chance(random, 0.05)) return [own, [`$setElementOrder/${key}`, json(random)]];
    if (chance(random, 0.05)) return [own, [`$deleteFromPrimitiveList/${key}`, json(random)]];
    return [own];
  });
  if (chance(random, 0.05)) entries.push(['$patch', pick(random, ['replace', 'delete', 'merge', 7])]);
  if (chance(random, 0.05)) entries.push(['$retainKeys', json(random)]);
  return Object.fromEntries(entries);
}

const QUERY_KEYS = [
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'fieldSelector',
  'labelSelector',
  'watch',
  'timeoutSeconds',
  'sendInitialEvents',
  'allowWatchBookmarks',
  'dryRun',
  'fieldValidation',
  'fieldManager',
  'pretty',
  'includeObject',
  'propagationPolicy',
  'gracePeriodSeconds',
  'orphanDependents',
  'timeout',
  'force',
];
const QUERY_VALUES = [
  '0',
  '1',
  'true',
  'false',
  'All',
  'Strict',
  'Exact',
  'NotOlderThan',
  'metadata.name=fuzz-a',
  'a in (b,c),!d',
  'a=b,c!=d',
  'x',
  '-5',
  '999999999999',
  'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0',
  'Metadata',
  'Background',
  '1ms',
  '5s',
];
function safe(value: string): string {
  return value.isWellFormed() ? value : '';
}
function queryOf(random: Random): string {
  const one = (): string =>
    `${pick(random, QUERY_KEYS)}=${chance(random, 0.8) ? encodeURIComponent(pick(random, QUERY_VALUES)) : encodeURIComponent(safe(text(random)))}`;
  return Array.from({ length: 1 + integer(random, 4) }, one).join('&');
}

const PATH_PARTS = [
  'api',
  'apis',
  'v1',
  'apps',
  'namespaces',
  NAMESPACE,
  'pods',
  'fuzz-a',
  'status',
  'log',
  'exec',
  'proxy',
  'watch',
  'openapi',
  'v2',
  'v3',
  'metrics',
  'healthz',
  'version',
  'services',
  'configmaps',
  'customresourcedefinitions',
  'apiextensions.k8s.io',
  '*',
  '..',
  '%2e%2e',
  '%00',
  '%',
  '',
  'x'.repeat(500),
];
const reads: Attack = {
  name: 'paths, queries and headers',
  async run(target, random) {
    const known = pick(random, stored);
    const path = chance(random, 0.6)
      ? `${pathOf(known)}${chance(random, 0.3) ? '/fuzz-a' : ''}`
      : `/${Array.from({ length: integer(random, 8) }, () => pick(random, PATH_PARTS)).join('/')}`;
    const headers: Record<string, string> = {};
    if (chance(random, 0.7)) headers['accept'] = pick(random, ACCEPTS);
    if (chance(random, 0.2))
      headers[
        pick(random, ['impersonate-user', 'impersonate-group', 'x-remote-user', 'if-none-match', 'accept-encoding', 'content-type', 'user-agent', 'range'])
      ] = printable(text(random));
    const method = pick(random, ['GET', 'GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'DELETE', 'PUT', 'PATCH', 'TRACE', 'X']);
    const request: FuzzRequest = { method, path: `${path}${chance(random, 0.8) ? `?${queryOf(random)}` : ''}`, headers };
    // Whole collections of what the server itself needs are left alone.
    if (method === 'DELETE' && !path.includes(`/namespaces/${NAMESPACE}/`)) return;
    await target.send(/POST|PUT|PATCH/.test(method) ? { ...request, body: bodyOf(json(random)) } : request);
  },
};
const ACCEPTS = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  '*/*;q=0.1',
  'text/html',
  ';;;',
  'application/json;q=x',
  'application/cbor',
  'application/json;as=Table;v=v9;g=x',
];
function printable(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, '?');
}

const RULES = [
  'self',
  'self.a',
  'self.a + 1 > 2',
  "self.s.matches('^(a+)+$')",
  'self.l.all(x, x > 0)',
  'self.l.map(x, self.l.map(y, y))',
  'oldSelf == self',
  'has(self.a)',
  "quantity('1k').isGreaterThan(quantity('2'))",
  "self.s.split('')",
  'size(self.s) * 9223372036854775807',
  '[1,2,3].all(x, [1,2].exists(y, y == x))',
  "duration('1h') + timestamp('2020-01-01T00:00:00Z')",
  '{"a": 1}.a',
  'self.m[self.s]',
  "ip('::1').family()",
  "url('https://a').getHost()",
  'optional.of(self.a).orValue(1)',
  '1/0',
  'dyn(self).x.y',
];
const SCHEMAS = [
  {
    type: 'object',
    properties: {
      a: { type: 'integer', default: 1 },
      s: { type: 'string', pattern: '^(a+)+$', maxLength: 99 },
      l: { type: 'array', maxItems: 9, items: { type: 'integer' } },
      m: { type: 'object', additionalProperties: { type: 'string' } },
    },
  },
];
const customResources: Attack = {
  name: 'custom resources and CEL',
  async run(target, random) {
    const plural = pick(random, ['gadgets', 'gizmos']);
    const group = 'fuzz.example.com';
    const rule = chance(random, 0.5) ? pick(random, RULES) : damageBytes(random, Buffer.from(pick(random, RULES))).toString();
    const schema = damageJson(random, { ...pick(random, SCHEMAS), 'x-kubernetes-validations': [{ rule, message: text(random) }] }, integer(random, 3));
    const names = { plural, singular: plural.slice(0, -1), kind: plural === 'gadgets' ? 'Gadget' : 'Gizmo' };
    const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: schema } } } };
    const spec = { group, scope: 'Namespaced', names, versions: [version] };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: chance(random, 0.2) ? damageJson(random, spec) : spec,
    };
    const base = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await target.send({ method: 'POST', path: base, headers: JSON_TYPE, body: bodyOf(definition) });
    const object = {
      apiVersion: `${group}/v1`,
      kind: names.kind,
      metadata: { name: `fuzz-${pick(random, NAMES)}` },
      spec: chance(random, 0.5) ? json(random) : { a: 1, s: 'a'.repeat(50), l: [1, 2], m: { a: 'b' } },
    };
    await target.send({ method: 'POST', path: `/apis/${group}/v1/namespaces/${NAMESPACE}/${plural}`, headers: JSON_TYPE, body: bodyOf(object) });
    await target.send({ method: 'GET', path: `/apis/${group}/v1/namespaces/${NAMESPACE}/${plural}`, headers: { accept: pick(random, ACCEPTS) } });
    if (chance(random, 0.5)) await target.send({ method: 'DELETE', path: `${base}/${plural}.${group}` });
  },
};

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const frames: Attack = {
  name: 'HTTP/2 frames and HTTP/1 text',
  async run(target, random) {
    if (chance(random, 0.3)) return await target.raw('http/1.1', damageBytes(random, Buffer.from(pick(random, H1))));
    const count = 1 + integer(random, 12);
    await target.raw('h2', Buffer.concat([chance(random, 0.95) ? PREFACE : noise(random, 24), ...Array.from({ length: count }, () => frame(random))]));
  },
};
const H1 = [
  'GET /version HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /api/v1/namespaces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n',
  'GET /api HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
  `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(300)}\r\n`,
];
function frame(random: Random): Buffer {
  const payload = chance(random, 0.5) ? noise(random, integer(random, 64)) : Buffer.from('8286418aa0e41d139d09b8f01e07', 'hex');
  const header = Buffer.alloc(9);
  header.writeUIntBE(chance(random, 0.9) ? payload.length : integer(random, 0xff_ffff), 0, 3);
  header[3] = integer(random, 12);
  header[4] = integer(random, 256);
  header.writeUInt32BE(chance(random, 0.8) ? integer(random, 8) : integer(random, 0x7fff_ffff), 5);
  return Buffer.concat([header, payload]);
}

export const attacks: readonly Attack[] = [bodies, patches, reads, protobuf, yaml, customResources, frames];
