import type { SpecialSubresource } from '#api';
import { capital, factsGroupVersion, groupVersionPath, operationGroup, type ServedKind, tagOf } from './names.ts';

/** A struct of the facts, or one of the few others: `Patch`, or no body at all. */
export type BodyRef = { readonly groupVersion: string; readonly struct: string };
export type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';

/** One operation, before it is written in either dialect. */
export interface Operation {
  readonly path: string;
  readonly method: Method;
  readonly id: string;
  readonly description: string;
  readonly tag: string;
  /** x-kubernetes-action. */
  readonly action: string;
  readonly gvk: { readonly group: string; readonly kind: string; readonly version: string };
  /** Names of query parameters. */
  readonly query: readonly string[];
  readonly body?: BodyRef | undefined;
  /** Absent: text. */
  readonly response?: BodyRef | undefined;
  /** Of a kind that clients defined: neither protobuf nor strategic patches. */
  readonly isCustom?: boolean;
}

const META = 'meta/v1';
const PATCH: BodyRef = { groupVersion: META, struct: 'Patch' };
const STATUS: BodyRef = { groupVersion: META, struct: 'Status' };
const DELETE_OPTIONS: BodyRef = { groupVersion: META, struct: 'DeleteOptions' };

const LIST_QUERY = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'shardSelector',
  'timeoutSeconds',
  'watch',
];
const DELETE_QUERY = ['dryRun', 'gracePeriodSeconds', 'ignoreStoreReadErrorWithClusterBreakingPotential', 'orphanDependents', 'propagationPolicy'];
const WRITE_QUERY = ['dryRun', 'fieldManager', 'fieldValidation'];
const PATCH_QUERY = [...WRITE_QUERY, 'force'];
const INTEGERS = new Set(['limit', 'timeoutSeconds', 'gracePeriodSeconds']);
const BOOLEANS = new Set([
  'allowWatchBookmarks',
  'sendInitialEvents',
  'watch',
  'force',
  'orphanDependents',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
]);

/** The type of a query parameter. */
export function queryType(name: string): string {
  return INTEGERS.has(name) ? 'integer' : BOOLEANS.has(name) ? 'boolean' : 'string';
}

/** Every operation on a kind, as the installer of upstream's endpoints makes them. */
export function operationsOf(served: ServedKind): Operation[] {
  const { definition, group, version, schema } = served;
  const { plural, kind, listKind, namespaced, verbs } = definition;
  const base = `/${groupVersionPath(served)}`;
  const collection = namespaced ? `${base}/namespaces/{namespace}/${plural}` : `${base}/${plural}`;
  const item = `${collection}/{name}`;
  const names = { middle: operationGroup(group, version), scope: namespaced ? 'Namespaced' : '' };
  const list: BodyRef = { groupVersion: schema.groupVersion, struct: listKind };
  const own = { tag: tagOf(group, version), gvk: { group, kind, version } };
  const id = (verb: string) => `${verb}${names.middle}${names.scope}${kind}`;
  const all: (Operation & { readonly verb: string })[] = [
    {
      verb: 'list',
      path: collection,
      method: 'get',
      id: id('list'),
      description: `list or watch objects of kind ${kind}`,
      action: 'list',
      query: LIST_QUERY,
      response: list,
      ...own,
    },
    {
      verb: 'create',
      path: collection,
      method: 'post',
      id: id('create'),
      description: `create${article(kind)}`,
      action: 'post',
      query: WRITE_QUERY,
      body: schema,
      response: schema,
      ...own,
    },
    {
      verb: 'deletecollection',
      path: collection,
      method: 'delete',
      id: `delete${names.middle}Collection${names.scope}${kind}`,
      description: `delete collection of ${kind}`,
      action: 'deletecollection',
      query: [...DELETE_QUERY, ...LIST_QUERY.filter((name) => name !== 'watch' && name !== 'allowWatchBookmarks')],
      body: DELETE_OPTIONS,
      response: STATUS,
      ...own,
    },
    { verb: 'get', path: item, method: 'get', id: id('read'), description: `read the specified ${kind}`, action: 'get', query: [], response: schema, ...own },
    {
      verb: 'update',
      path: item,
      method: 'put',
      id: id('replace'),
      description: `replace the specified ${kind}`,
      action: 'put',
      query: WRITE_QUERY,
      body: schema,
      response: schema,
      ...own,
    },
    {
      verb: 'patch',
      path: item,
      method: 'patch',
      id: id('patch'),
      description: `partially update the specified ${kind}`,
      action: 'patch',
      query: PATCH_QUERY,
      body: PATCH,
      response: schema,
      ...own,
    },
    {
      verb: 'delete',
      path: item,
      method: 'delete',
      id: id('delete'),
      description: `delete${article(kind)}`,
      action: 'delete',
      query: DELETE_QUERY,
      body: DELETE_OPTIONS,
      response: STATUS,
      ...own,
    },
  ];
  const operations: Operation[] = all.filter(({ verb }) => (verbs as readonly string[]).includes(verb)).map(withoutVerb);
  const listing = operations.find(({ action }) => action === 'list');
  if (namespaced && listing) operations.push({ ...listing, path: `${base}/${plural}`, id: `list${names.middle}${kind}ForAllNamespaces` });
  const withParts = [...operations, ...subresourceOperations(served, item, id)];
  return definition.custom ? withParts.map((operation) => customOperation(operation, own.gvk)) : withParts;
}

/** An operation on a kind that clients defined: upstream has a builder of its own for them. */
function customOperation(operation: Operation, gvk: Operation['gvk']): Operation {
  const custom = { ...operation, gvk, isCustom: true };
  switch (operation.action) {
    case 'get':
      return { ...custom, query: ['resourceVersion'] };
    case 'deletecollection':
      return { ...custom, query: LIST_QUERY, body: undefined };
    default:
      return custom;
  }
}

function withoutVerb({ path, method, id, description, tag, action, gvk, query, body, response }: Operation): Operation {
  return { path, method, id, description, tag, action, gvk, query, body, response };
}

/** What is a plural has no article. */
function article(kind: string): string {
  const isPlural = kind.endsWith('s') && !kind.endsWith('ss');
  return isPlural ? ` ${kind}` : ` ${/^[AEIOU]/i.test(kind) ? 'an' : 'a'} ${kind}`;
}

const VERB_METHODS: Readonly<Record<string, { method: Method; word: string }>> = {
  get: { method: 'get', word: 'read' },
  update: { method: 'put', word: 'replace' },
  patch: { method: 'patch', word: 'patch' },
  create: { method: 'post', word: 'create' },
  delete: { method: 'delete', word: 'delete' },
};

function subresourceOperations(served: ServedKind, item: string, id: (verb: string) => string): Operation[] {
  const { definition, group, version, schema } = served;
  const { kind, subresources = {} } = definition;
  const all: [string, SpecialSubresource][] = Object.entries(subresources.special ?? {});
  if (subresources.status) all.push(['status', { kind, verbs: ['get', 'patch', 'update'] }]);
  if (subresources.scale) all.push(['scale', { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] }]);
  return all.flatMap(([name, special]) => {
    const gvk = { group: special.group ?? group, kind: special.kind, version: special.version ?? version };
    const isConnect = /^(Pod|Node|Service)\w+Options$/.test(special.kind);
    const struct: BodyRef | undefined =
      isConnect || name === 'log'
        ? undefined
        : special.kind === kind
          ? schema
          : { groupVersion: factsGroupVersion(gvk.group, gvk.version), struct: special.kind };
    const tag = tagOf(group, version);
    return special.verbs.map((verb): Operation => {
      const { method, word } = VERB_METHODS[verb] ?? { method: 'get', word: verb };
      const suffix = capital(name);
      const common = { path: `${item}/${name}`, method, tag, gvk };
      if (isConnect) {
        const connectId = id(`connect`).replace(operationGroup(group, version), `${operationGroup(group, version)}${capital(method)}`);
        return {
          ...common,
          id: `${connectId}${suffix}`,
          description: `connect ${method.toUpperCase()} requests to ${name} of ${kind}`,
          action: 'connect',
          query: [],
        };
      }
      const isPatch = verb === 'patch';
      const body = verb === 'get' ? undefined : isPatch ? PATCH : struct;
      const query = verb === 'get' ? [] : isPatch ? PATCH_QUERY : WRITE_QUERY;
      const description = `${isPatch ? 'partially update' : word} ${name} of ${verb === 'create' ? article(kind).trim() : `the specified ${kind}`}`;
      return { ...common, id: `${id(word)}${suffix}`, description, action: method, query, body, response: struct };
    });
  });
}
