import { StatusError } from '#api';
import { accepts, type MediaType, parseAccept } from '../accept.ts';

/** The bytes of an answer or a body. */
export type Format = 'json' | 'yaml' | 'protobuf';
/** In what form a client takes an answer. */
export interface Negotiated {
  /** `partial`: PartialObjectMetadata, or a list of them. */
  readonly form: 'object' | 'table' | 'partial';
  /** Of Table and PartialObjectMetadata. */
  readonly metaVersion: 'v1' | 'v1beta1';
  /** Whether PartialObjectMetadataList was asked for, which only lists can be. */
  readonly isListForm: boolean;
  readonly format: Format;
  readonly isPretty: boolean;
}

/** What an endpoint can answer. */
export interface Offer {
  /** Custom resources are never protobuf; their metadata alone may be. */
  hasProtobuf(): boolean;
  /** Whether other forms than the object itself are offered; errors and discovery have none. */
  readonly hasForms: boolean;
  /** Watches: YAML is none. */
  readonly isStream: boolean;
}

/** What there is, the preferred first. */
export const MEDIA_TYPES: readonly (readonly [Format, string])[] = [
  ['json', 'application/json'],
  ['yaml', 'application/yaml'],
  ['protobuf', 'application/vnd.kubernetes.protobuf'],
];
const OBJECT: Negotiated = { form: 'object', metaVersion: 'v1', isListForm: false, format: 'json', isPretty: false };
/** What Status and the answers of discovery are offered in. */
export const PLAIN_OFFER: Offer = { hasProtobuf: () => true, hasForms: false, isStream: false };

/** A request's headers, as far as they decide about an answer's form. */
export interface Wishes {
  readonly accept?: string | string[] | undefined;
  readonly 'user-agent'?: string | string[] | undefined;
}

/** The form of the answer, as upstream's handlers/negotiation chooses it: the first wish that can be granted. Throws NotAcceptable. */
export function negotiate(headers: Wishes, pretty: string | null, offer: Offer): Negotiated {
  const { accept } = headers;
  const chosen = isPlainJson(accept) ? OBJECT : isRouted(accept) ? find(accept, offer) : undefined;
  if (!chosen) throw notAcceptable(accept);
  // Upstream settles on a form before it asks whether it can be streamed.
  if (offer.isStream && chosen.format === 'yaml') throw listing(MEDIA_TYPES.filter(([format]) => format !== 'yaml').map(([, type]) => `${type};stream=watch`));
  const isPretty = chosen.isPretty || isPrettyWanted(headers, pretty);
  return isPretty && chosen.format !== 'protobuf' ? { ...chosen, isPretty } : chosen;
}

/** The form of a Status or a document of discovery; undefined where nothing of what is wanted can be had. */
export function negotiatePlain(headers: Wishes, pretty: string | null): Negotiated | undefined {
  const chosen = find(headers.accept, PLAIN_OFFER);
  return chosen && { ...chosen, isPretty: chosen.format !== 'protobuf' && (chosen.isPretty || isPrettyWanted(headers, pretty)) };
}

/** Whether the answer is for people: they ask for it, or use a program that shows it. */
export function isPrettyWanted(headers: Wishes, pretty: string | null): boolean {
  if (pretty) return /^(1|t|T|TRUE|true|True)$/.test(pretty);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(String(headers['user-agent'] ?? ''));
}

/** What nearly all clients send. */
function isPlainJson(accept: Wishes['accept']): boolean {
  return accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*';
}

function find(accept: Wishes['accept'], offer: Offer): Negotiated | undefined {
  for (const wish of parseAccept(accept)) {
    for (const [format, type] of MEDIA_TYPES) {
      const granted = accepts(wish, type) ? grant(wish.parameters, format, offer) : undefined;
      if (granted) return granted;
    }
  }
  return undefined;
}

/** What a wish for a format comes to; undefined where its parameters cannot be met. */
function grant(parameters: MediaType['parameters'], format: Format, offer: Offer): Negotiated | undefined {
  const { as, g, v, stream, sv, pretty } = parameters;
  if (stream && (stream !== 'watch' || format === 'yaml')) return undefined;
  if (sv && (sv !== 'v1' || !offer.hasForms)) return undefined;
  const isPretty = pretty === '1';
  if (as === undefined && g === undefined && v === undefined) {
    if (format === 'protobuf' && !offer.hasProtobuf()) return undefined;
    return format === 'json' && !isPretty ? OBJECT : { ...OBJECT, format, isPretty };
  }
  if (!offer.hasForms || g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined;
  const found = { ...OBJECT, metaVersion: v, format, isPretty } as const;
  // Tables have no protobuf.
  if (as === 'Table') return format === 'protobuf' ? undefined : { ...found, form: 'table' };
  if (as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined;
  return { ...found, form: 'partial', isListForm: as === 'PartialObjectMetadataList' };
}

/** 406: upstream's router refuses what none of its media types is; what is left is refused by the endpoint, which names its own. */
export function notAcceptable(accept: Wishes['accept']): StatusError {
  return isRouted(accept) ? onlyAccepted() : new StatusError('NotAcceptable', '406: Not Acceptable', { details: {} });
}
/** Whether the router knows one of the types as it is named: `application/*` is nothing to it. */
export function isRouted(accept: Wishes['accept']): boolean {
  const wanted = String(accept)
    .split(',')
    .map((range) => (range.split(';')[0] ?? '').trim());
  return wanted.some((range) => range === '*/*' || MEDIA_TYPES.some(([, type]) => type === range));
}
/** 406 that names the media types there are. */
export function onlyAccepted(): StatusError {
  return listing(MEDIA_TYPES.map(([, type]) => type));
}
function listing(types: readonly string[]): StatusError {
  return new StatusError('NotAcceptable', `only the following media types are accepted: ${types.join(', ')}`);
}

/** The format of a body by its Content-Type; JSON when absent. Throws UnsupportedMediaType. */
export function bodyFormat(contentType: string | string[] | undefined): Format {
  const type = mediaType(contentType);
  if (type === '') return 'json';
  const found = MEDIA_TYPES.find(([, each]) => each === type);
  if (found) return found[0];
  throw unsupported(MEDIA_TYPES.map(([, each]) => each));
}

export function mediaType(contentType: string | string[] | undefined): string {
  const text = Array.isArray(contentType) ? (contentType[0] ?? '') : (contentType ?? '');
  return (text.split(';')[0] as string).trim().toLowerCase();
}

/** 415 that names the types there are. */
export function unsupported(supported: readonly string[]): StatusError {
  return new StatusError('UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`);
}
