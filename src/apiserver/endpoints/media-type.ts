import { newBadRequest, StatusError } from '#api';

/** In what form a client takes an answer. */
export interface Negotiated {
  readonly form: 'object' | 'table' | 'partial';
  readonly isYaml: boolean;
  readonly isPretty: boolean;
}

const OBJECT: Negotiated = { form: 'object', isYaml: false, isPretty: false };

/** Reads Accept (first acceptable wins, as q values are rarely sent); throws NotAcceptable. */
export function negotiate(accept: string | string[] | undefined, pretty: string | null, userAgent: string | string[] = ''): Negotiated {
  const chosen = chooseForm(accept);
  const isPretty = pretty === null ? /^(curl|Wget|Mozilla)\b/.test(String(userAgent)) : pretty !== '0' && pretty !== 'false';
  return isPretty ? { ...chosen, isPretty } : chosen;
}

function chooseForm(accept: string | string[] | undefined): Negotiated {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return OBJECT;
  const text = Array.isArray(accept) ? accept.join(',') : accept;
  for (const range of text.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const isYaml = type === 'application/yaml';
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*' && !isYaml) continue;
    const values = new Map(parameters.map((each) => each.split('=', 2) as [string, string]));
    const as = values.get('as');
    if (as === undefined) return isYaml ? { ...OBJECT, isYaml } : OBJECT;
    if (values.get('g') !== 'meta.k8s.io' || values.get('v') !== 'v1') continue;
    if (as === 'Table') return { form: 'table', isYaml, isPretty: false };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { form: 'partial', isYaml, isPretty: false };
  }
  const isKnown = /application\/(json|yaml|vnd\.kubernetes\.protobuf|\*)|\*\/\*/.test(text);
  if (!isKnown) throw new StatusError('NotAcceptable', '406: Not Acceptable', { details: {} });
  throw new StatusError('NotAcceptable', 'only the following media types are accepted: application/json, application/yaml', { details: {} });
}

export type BodyFormat = 'json' | 'yaml' | 'protobuf';

/** The format of a body by its Content-Type; JSON when absent. Throws UnsupportedMediaType. */
export function bodyFormat(contentType: string | string[] | undefined): BodyFormat {
  const type = mediaType(contentType);
  if (type === '' || type === 'application/json') return 'json';
  if (type === 'application/yaml') return 'yaml';
  if (type === 'application/vnd.kubernetes.protobuf') return 'protobuf';
  throw unsupported(type, ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']);
}

export function mediaType(contentType: string | string[] | undefined): string {
  const text = Array.isArray(contentType) ? (contentType[0] ?? '') : (contentType ?? '');
  return (text.split(';')[0] as string).trim().toLowerCase();
}

export function unsupported(type: string, supported: readonly string[]): StatusError {
  if (type === '') return newBadRequest('missing content type');
  return new StatusError('UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`, {
    details: {},
  });
}
