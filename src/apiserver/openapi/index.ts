import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type JsonObject, readApiDescriptions, type ResourceDefinition } from '#api';
import type { DocumentHandler, DocumentResponse } from '../contract.ts';
import { accepts, parseAccept } from '../accept.ts';
import { version } from '../version.ts';
import { buildV2, buildV3, type GroupVersion } from './documents.ts';
import { type ServedKind, servedKinds } from './names.ts';
import { encodeV2 } from './protobuf.ts';

const PROTOBUF_V2 = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
/** The same as clients before 1.22 name it. */
const PROTOBUF_V2_OLD = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const V3 = '/openapi/v3';
const YEAR_MS = 365 * 86_400_000;

export interface OpenApiOptions {
  /** All definitions. A new array means that they have changed. */
  resources(): readonly ResourceDefinition[];
}

interface Compressed {
  readonly gzipped: Buffer;
  readonly etag: string;
}
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Serves `/openapi/v2` and `/openapi/v3`. Nothing is built before it is asked for; a document is built from the facts once and kept compressed until the
 * definitions change.
 */
export function createOpenApi(options: OpenApiOptions): DocumentHandler {
  let builtFor: readonly ResourceDefinition[] | undefined;
  let kinds = new Map<string, ServedKind[]>();
  let built = new Map<string, Promise<Compressed>>();

  const refresh = () => {
    const resources = options.resources();
    if (resources === builtFor) return;
    builtFor = resources;
    const before = kinds;
    kinds = servedKinds(resources);
    // Documents whose kinds are what they were stay; those of everything do not.
    built = new Map([...built].filter(([key]) => isSame(before.get(key), kinds.get(key))));
  };
  const document = (key: string, build: () => Promise<Buffer>): Promise<Compressed> => {
    let promise = built.get(key);
    if (!promise) {
      promise = build().then(compress);
      built.set(key, promise);
      // A failure is for who asked; the next may try again.
      promise.catch(() => built.delete(key));
    }
    return promise;
  };
  // Documents of built-in kinds do not name groups that come and go.
  const groupVersions = (own: readonly ServedKind[]): GroupVersion[] =>
    [...kinds.values()].flatMap(([first]) =>
      first && (!first.definition.custom || own.includes(first)) ? [{ group: first.group, version: first.version }] : [],
    );
  const v2 = async (): Promise<JsonObject> => {
    const all = [...kinds.values()].flat();
    return buildV2(all, groupVersions(all), await readApiDescriptions());
  };

  return {
    handle(path, query, headers) {
      if (path === '/openapi/v2') {
        refresh();
        const chosen = chooseV2(headers);
        if (!chosen) return notAcceptable('Accept-Encoding, Accept');
        return chosen === 'protobuf'
          ? document('v2 protobuf', async () => encodeV2(await v2())).then((found) => respond(found, PROTOBUF_V2_OLD, headers))
          : document('v2', async () => encode(await v2())).then((found) => respond(found, 'application/json', headers));
      }
      if (path !== V3 && !path.startsWith(`${V3}/`)) return undefined;
      refresh();
      if (path === V3) return index(kinds);
      const name = path.slice(V3.length + 1);
      const served = kinds.get(name);
      if (!served) return { status: 404, headers: {}, body: '' };
      if (!isJsonAccepted(headers)) return notAcceptable('Accept');
      const asked = query.get('hash');
      const hash = hashOf(name, served);
      // Who keeps a document of which there is a newer one is led to that.
      if (asked && asked !== hash) {
        return { status: 301, headers: { location: `${V3}/${name}?hash=${hash}`, 'content-type': 'application/json', vary: 'Accept' }, body: '' };
      }
      const build = async () => encode(buildV3(served, groupVersions(served), await readApiDescriptions()));
      return document(name, build).then((found) => respond(found, 'application/json', headers, asked === hash));
    },
  };
}

/** What clients look at first; the hash changes when the document does, so that they may keep documents for ever. */
function index(kinds: ReadonlyMap<string, readonly ServedKind[]>): DocumentResponse {
  const paths = [...kinds].map(([name, served]) => [name, { serverRelativeURL: `${V3}/${name}?hash=${hashOf(name, served)}` }] as const);
  const body = JSON.stringify({ paths: Object.fromEntries(paths.sort(([a], [b]) => (a < b ? -1 : 1))) });
  // Upstream leaves the type to Go, which takes JSON for text.
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

function isSame(before: readonly ServedKind[] | undefined, after: readonly ServedKind[] | undefined): boolean {
  if (!before || before.length !== after?.length) return false;
  return before.every(({ definition }, i) => definition === after[i]?.definition);
}

const shapes = new WeakMap<ResourceDefinition, string>();
/** What of a kind that clients defined its document shows. */
function customShape(definition: ResourceDefinition): string {
  let shape = shapes.get(definition);
  if (shape === undefined) {
    const { custom, listKind, namespaced, selectableFields } = definition;
    shape = createHash('sha256')
      .update(JSON.stringify([custom?.schema(), listKind, namespaced, Object.keys(selectableFields ?? {})]))
      .digest('base64');
    shapes.set(definition, shape);
  }
  return shape;
}

/** Of what a document is made of, which is known without making it: this program's version and the definitions. */
function hashOf(name: string, served: readonly ServedKind[]): string {
  const shape = served.map(({ definition }) => {
    const { plural, kind, verbs, subresources } = definition;
    const own = [plural, kind, verbs, Object.keys(subresources ?? {}), Object.keys(subresources?.special ?? {})];
    return definition.custom ? [...own, customShape(definition)] : own;
  });
  return createHash('sha512')
    .update(JSON.stringify([version.gitVersion, name, shape]))
    .digest('hex')
    .toUpperCase();
}

function encode(value: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(value));
}

async function compress(body: Buffer): Promise<Compressed> {
  return { gzipped: await promisify(gzip)(body, { level: 6 }), etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` };
}

async function respond(found: Compressed, contentType: string, headers: Headers, isImmutable = false): Promise<DocumentResponse> {
  const common = { etag: found.etag, vary: 'Accept-Encoding, Accept', 'cache-control': isImmutable ? 'public, immutable' : 'no-cache, private' };
  if (headers['if-none-match'] === found.etag) return { status: 304, headers: common, body: '' };
  const expires = new Date(Date.now() + YEAR_MS).toUTCString();
  const own = { ...common, 'content-type': contentType, ...(isImmutable ? { expires } : {}) };
  if (String(headers['accept-encoding'] ?? '').includes('gzip')) {
    return { status: 200, headers: { ...own, 'content-encoding': 'gzip' }, body: found.gzipped };
  }
  return { status: 200, headers: own, body: await promisify(gunzip)(found.gzipped) };
}

function chooseV2(headers: Headers): 'json' | 'protobuf' | undefined {
  for (const wish of parseAccept(headers['accept'])) {
    if (wish.type === PROTOBUF_V2 || wish.type === PROTOBUF_V2_OLD) return 'protobuf';
    if (accepts(wish, 'application/json')) return 'json';
  }
  return undefined;
}

function isJsonAccepted(headers: Headers): boolean {
  return parseAccept(headers['accept']).some((wish) => accepts(wish, 'application/json'));
}

/** No Status here: these documents are no API objects. */
function notAcceptable(vary: string): DocumentResponse {
  return { status: 406, headers: { vary }, body: '' };
}
