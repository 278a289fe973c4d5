import { type Column, type KubeObject, StatusError } from '#api';
import type { Status } from '#api/types/meta-v1';
import type { Call } from '../registry/call.ts';
import type { Listed } from '../registry/list.ts';
import type { Entry } from '../watch-cache/entry.ts';

/** What an operation came to, before it is put into the form that the client takes. */
export type Result =
  | { readonly type: 'entry'; readonly call: Call; readonly entry: Entry; readonly status: number }
  /** An object that is not stored as such: a scale, a review, a Status. `columns`: those of its tables. */
  | { readonly type: 'object'; readonly object: KubeObject | Status; readonly columns?: readonly Column[] | undefined; readonly status: number }
  | { readonly type: 'list'; readonly call: Call; readonly listed: Listed };

/** A Status that says that all went well. */
export function successStatus(code: number, details?: Status['details']): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', ...(details ? { details } : { code }) } as Status;
}

/** Nobody serves the path, or not with this method. */
export class NotRoutedError extends StatusError {}

export function noSuchResource(): StatusError {
  return new NotRoutedError('NotFound', 'the server could not find the requested resource', { details: {} });
}
export function notAllowed(): StatusError {
  return new NotRoutedError('MethodNotAllowed', 'the server does not allow this method on the requested resource', { details: {} });
}
