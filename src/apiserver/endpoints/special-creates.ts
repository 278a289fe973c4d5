import type { KubeObject } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import { defaultTokenRequest } from '../authn/index.ts';
import type { ObjectReader } from '../contract.ts';
import type { Call } from '../registry/call.ts';
import { bindPod } from '../registry/binding.ts';
import { type BodyType, decodeBody, type RawBody } from '../registry/decode-body.ts';
import { evictPod } from '../registry/eviction.ts';
import { sentApiVersion } from '../registry/sent-api-version.ts';
import { trackManagedFields } from '../registry/managed-fields.ts';
import { admitAndValidate, type Registry } from '../registry/registry.ts';
import { placeInNamespace } from '../registry/view.ts';
import { type Result, successStatus } from './result.ts';

/** POSTs that store nothing of their own: questions (reviews) and subresources that act. */
export interface SpecialCreates {
  /** Undefined: the kind is created in the ordinary way. */
  find(call: Call): SpecialCreate | undefined;
}
export type SpecialCreate = (call: Call, name: string, body: RawBody) => Promise<Result>;

export interface SpecialCreateParts {
  readonly registry: Registry;
  readonly reader: ObjectReader;
  /** Answers access reviews, by the resource's name. */
  readonly reviews: Readonly<Record<string, (body: KubeObject, user: UserInfo) => Promise<KubeObject>>>;
  readonly tokenReview: (body: KubeObject) => Promise<KubeObject>;
  readonly issueToken: (ref: { namespace: string; name: string }, body: KubeObject, warn: (text: string) => void) => KubeObject;
}

/** What only the server says of an object. */
const SYSTEM_FIELDS = ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'] as const;
const BINDING: BodyType = { group: '', version: 'v1', kind: 'Binding', schema: { groupVersion: 'core/v1', struct: 'Binding' } };
const EVICTION: BodyType = { group: 'policy', version: 'v1', kind: 'Eviction', schema: { groupVersion: 'policy/v1', struct: 'Eviction' } };
// Clients of old send it, though nothing else is left of that version.
const OLD_EVICTION: BodyType = { ...EVICTION, version: 'v1beta1', schema: { groupVersion: 'policy/v1beta1', struct: 'Eviction' } };
const TOKEN_REQUEST: BodyType = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  schema: { groupVersion: 'authentication/v1', struct: 'TokenRequest' },
};

export function createSpecialCreates(parts: SpecialCreateParts): SpecialCreates {
  const review =
    (answer: (body: KubeObject, user: UserInfo) => Promise<KubeObject>): SpecialCreate =>
    async (call, _name, raw) => {
      const { group, version, schema } = call.served;
      const body = decodeBody(call, { group, version, kind: call.definition.kind, schema }, raw);
      prepare(parts.registry, call, body);
      return { type: 'object', object: await answer(body, call.user), status: 201 };
    };
  const bind: SpecialCreate = async (call, name, raw) => {
    const body = decodeBody(call, BINDING, raw);
    placeInNamespace(call, body);
    await bindPod(parts.registry, call, name, body);
    return { type: 'object', object: successStatus(201), status: 201 };
  };
  const evict: SpecialCreate = async (call, name, raw) => {
    const body = decodeBody(call, sentApiVersion(raw) === 'policy/v1beta1' ? OLD_EVICTION : EVICTION, raw);
    placeInNamespace(call, body);
    await admitAndValidate(parts.registry, call, { operation: 'CREATE', name, object: body });
    await evictPod(parts.registry, parts.reader, call, name, body);
    return { type: 'object', object: successStatus(201), status: 201 };
  };
  const token: SpecialCreate = async (call, name, raw) => {
    const body = decodeBody(call, TOKEN_REQUEST, raw);
    defaultTokenRequest(body);
    prepare(parts.registry, { ...call, served: TOKEN_REQUEST }, body);
    await admitAndValidate(parts.registry, call, { operation: 'CREATE', name, object: body });
    return { type: 'object', object: parts.issueToken({ namespace: call.namespace, name }, body, (text) => call.warnings.push(text)), status: 201 };
  };
  const byPath = new Map<string, SpecialCreate>([
    ['bindings', bind],
    ['pods/binding', bind],
    ['pods/eviction', evict],
    ['serviceaccounts/token', token],
    ['tokenreviews', review((body) => parts.tokenReview(body))],
    ...Object.entries(parts.reviews).map(([plural, answer]) => [plural, review(answer)] as const),
  ]);
  return {
    find: ({ definition, subresource }) => byPath.get(subresource ? `${definition.plural}/${subresource}` : definition.plural),
  };
}

/** What is asked for belongs to the URL's namespace, has nothing that only the system gives, and tells whose fields it has. */
function prepare(registry: Registry, call: Call, body: KubeObject): void {
  placeInNamespace(call, body);
  for (const field of SYSTEM_FIELDS) delete body.metadata[field];
  trackManagedFields(registry, call, undefined, body);
}
