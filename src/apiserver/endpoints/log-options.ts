import { type FieldError, forbidden, invalid, newBadRequest, newInvalid, notSupported, parseTime } from '#api';
import { isTrue } from '../filters/request-info.ts';

const FLAGS = ['follow', 'previous', 'timestamps'] as const;
const STREAMS = ['All', 'Stderr', 'Stdout'];
/** What an error is about that is of no one field: upstream's path without a name. */
const NO_FIELD = '[]';

/** PodLogOptions of the Pod as the kubelet takes them, `?…` or ''; throws BadRequest and Invalid with upstream's texts. */
export function logQuery(query: URLSearchParams, podName: string): string {
  // Read in the order of upstream's struct: the first that cannot be read is told.
  const sinceSeconds = integer(query, 'sinceSeconds');
  const sinceTime = query.get('sinceTime');
  if (sinceTime) checkTime(sinceTime);
  const tailLines = integer(query, 'tailLines');
  const limitBytes = integer(query, 'limitBytes');
  const stream = query.get('stream') ?? 'All';

  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0n) errors.push(invalid('tailLines', tailLines, 'must be greater than or equal to 0'));
  if (limitBytes !== undefined && limitBytes < 1n) errors.push(invalid('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && sinceTime !== null) errors.push(forbidden(NO_FIELD, 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else if (sinceSeconds !== undefined && sinceSeconds < 1n) errors.push(invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  if (!STREAMS.includes(stream)) errors.push(notSupported('stream', stream, STREAMS));
  if (stream !== 'All' && tailLines !== undefined) {
    errors.push(forbidden(NO_FIELD, '`tailLines` and specific `stream` are mutually exclusive for now'));
  }
  if (errors.length > 0) throw newInvalid({ group: '', kind: 'PodLogOptions' }, podName, errors);

  const parameters = new URLSearchParams();
  for (const name of FLAGS) if (isTrue(query.get(name))) parameters.set(name, 'true');
  for (const [name, value] of Object.entries({ tailLines, limitBytes, sinceSeconds })) if (value !== undefined) parameters.set(name, String(value));
  if (sinceTime) parameters.set('sinceTime', sinceTime);
  if (stream !== 'All') parameters.set('stream', stream);
  const text = parameters.toString();
  return text && `?${text}`;
}

function integer(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const refuse = (problem: string) => newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${problem}`);
  if (!/^[+-]?\d+$/.test(text)) throw refuse('invalid syntax');
  const value = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, value) !== value) throw refuse('value out of range');
  return value;
}

function checkTime(text: string): void {
  const parsed = parseTime(text);
  if ('error' in parsed) throw newBadRequest(parsed.error);
}
