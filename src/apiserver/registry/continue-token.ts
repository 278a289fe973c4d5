import { goJsonSyntaxError, newBadRequest, StatusError } from '#api';

/** Where a list goes on: at the first key from `start` on, of the state at `revision`; negative: of whatever there is by then. */
export interface ContinueToken {
  readonly revision: number;
  /** The key behind the prefix of what is listed: `name` in a namespace, `namespace/name` in all of them. */
  readonly start: string;
}

const VERSION = 'meta.k8s.io/v1';

/** The token as clients hand it back: opaque to them, of upstream's form (k8s.io/apiserver/pkg/storage/continue.go). */
export function encodeContinue({ revision, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start })).toString('base64url');
}

/** Throws BadRequest for what is no token. */
export function decodeContinue(text: string): ContinueToken {
  const { v, rv, start } = parseToken(text);
  if (v !== VERSION) throw invalidToken(`continue key is not valid: server does not recognize this encoded version ${v}`);
  if (rv === 0) throw invalidToken(`continue key is not valid: incorrect encoded start resourceVersion (version ${VERSION})`);
  if (start === '') throw invalidToken(`continue key is not valid: encoded start key empty (version ${VERSION})`);
  // No way out of what is listed.
  if (!isClean(start.startsWith('/') ? start : `/${start}`)) throw invalidToken(`continue key is not valid: ${start}`);
  return { revision: rv, start: start.replace(/^\//, '') };
}

function parseToken(text: string): { v: string; rv: number; start: string } {
  const illegal = /[^A-Za-z0-9_-]/.exec(text)?.index ?? (text.length % 4 === 1 ? text.length - 1 : undefined);
  if (illegal !== undefined) throw invalidToken(`continue key is not valid: illegal base64 data at input byte ${illegal}`);
  const json = Buffer.from(text, 'base64url').toString();
  let token: unknown;
  try {
    token = JSON.parse(json);
  } catch {
    throw invalidToken(`continue key is not valid: ${goJsonSyntaxError(json)}`);
  }
  if (typeof token !== 'object' || token === null || Array.isArray(token)) throw wrongType(jsonKind(token), 'value of type storage.continueToken');
  const { v = '', rv = 0, start = '' } = token as { v?: unknown; rv?: unknown; start?: unknown };
  if (typeof v !== 'string') throw wrongType(jsonKind(v), 'struct field continueToken.v of type string');
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv))
    throw wrongType(typeof rv === 'number' ? `number ${rv}` : jsonKind(rv), 'struct field continueToken.rv of type int64');
  if (typeof start !== 'string') throw wrongType(jsonKind(start), 'struct field continueToken.start of type string');
  return { v, rv, start };
}

function wrongType(found: string, wanted: string): StatusError {
  return invalidToken(`continue key is not valid: json: cannot unmarshal ${found} into Go ${wanted}`);
}
function jsonKind(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
}
/** Whether the path is its own shortest form, as path.Clean gives it. */
function isClean(path: string): boolean {
  const parts = path.slice(1).split('/');
  return path === '/' || parts.every((part) => part !== '' && part !== '.' && part !== '..');
}
function invalidToken(problem: string): StatusError {
  return newBadRequest(`invalid continue token: ${problem}`);
}

const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** 410 with a token that continues without consistency, in the Status' own metadata. */
export class ExpiredContinue extends StatusError {
  readonly #continue: string;
  constructor(start: string) {
    super('Expired', EXPIRED);
    this.#continue = encodeContinue({ revision: -1, start });
  }
  override toStatus(): ReturnType<StatusError['toStatus']> {
    return { ...super.toStatus(), metadata: { continue: this.#continue } };
  }
}
