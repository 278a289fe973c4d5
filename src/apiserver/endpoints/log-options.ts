import { type FieldError, invalid, newInvalid } from '#api';
import { isTrue } from '../filters/request-info.ts';

const NUMBERS = ['tailLines', 'limitBytes', 'sinceSeconds'] as const;

/** PodLogOptions as the kubelet takes them, `?…` or ''; throws Invalid with upstream's texts. */
export function logQuery(query: URLSearchParams): string {
  const errors: FieldError[] = [];
  const parameters = new URLSearchParams();
  for (const name of ['follow', 'previous', 'timestamps'] as const) if (isTrue(query.get(name))) parameters.set(name, 'true');
  for (const name of NUMBERS) {
    const text = query.get(name);
    if (text === null || text === '') continue;
    const value = Number(text);
    const least = name === 'tailLines' ? 0 : 1;
    if (!Number.isInteger(value) || value < least)
      errors.push(invalid(name, value, least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0'));
    else parameters.set(name, text);
  }
  const sinceTime = query.get('sinceTime');
  if (sinceTime) {
    if (query.get('sinceSeconds'))
      errors.push({ type: 'FieldValueForbidden', field: '', message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified' });
    parameters.set('sinceTime', sinceTime);
  }
  const stream = query.get('stream');
  if (stream && stream !== 'All') {
    if (stream !== 'Stdout' && stream !== 'Stderr')
      errors.push({
        type: 'FieldValueNotSupported',
        field: 'stream',
        message: `Unsupported value: ${JSON.stringify(stream)}: supported values: "All", "Stderr", "Stdout"`,
      });
    else if (query.get('tailLines'))
      errors.push({ type: 'FieldValueForbidden', field: '', message: 'Forbidden: `tailLines` and specific `stream` are mutually exclusive for now' });
    parameters.set('stream', stream);
  }
  if (errors.length > 0) throw newInvalid({ group: '', kind: 'PodLogOptions' }, '', errors);
  const text = parameters.toString();
  return text && `?${text}`;
}
