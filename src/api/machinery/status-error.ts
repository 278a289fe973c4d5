import type { Status, StatusCause, StatusDetails } from '#api/types/meta-v1';
import { type FieldError, formatFieldError } from './field-error.ts';

/** Reasons as metav1.StatusReason has them. */
export type StatusReason =
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'StorageReadError'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable'
  | 'Unknown';

/** What names a kind of thing in messages: `pods "x"`, `deployments.apps "x"`. */
export interface GroupResourceName {
  group: string;
  plural: string;
}

const CODES: Record<StatusReason, number> = {
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Invalid: 422,
  ServerTimeout: 500,
  StorageReadError: 500,
  Timeout: 504,
  TooManyRequests: 429,
  BadRequest: 400,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  Expired: 410,
  ServiceUnavailable: 503,
  Unknown: 500,
};

/** An answer that is a failure, with upstream's code, reason and message; the API server sends `toStatus()`. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly reason: StatusReason;
  readonly code: number;
  readonly details: StatusDetails | undefined;

  constructor(reason: StatusReason, message: string, options: ErrorOptions & { details?: StatusDetails | undefined; code?: number } = {}) {
    super(message, options);
    this.reason = reason;
    this.code = options.code ?? CODES[reason];
    this.details = options.details;
  }

  toStatus(): Status {
    // In the order of Go's struct.
    const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: this.message };
    if (this.reason !== 'Unknown') status.reason = this.reason;
    if (this.details) status.details = this.details;
    status.code = this.code;
    return status;
  }

  /** The error that a `Status` object from a server stands for. */
  static fromStatus(status: Status): StatusError {
    const reason = (status.reason && status.reason in CODES ? status.reason : 'Unknown') as StatusReason;
    return new StatusError(reason, status.message ?? '', { details: status.details, ...(status.code ? { code: status.code } : {}) });
  }
}

/** Whether `error` is a StatusError of one of these reasons. */
export function isStatus(error: unknown, ...reasons: StatusReason[]): error is StatusError {
  return error instanceof StatusError && reasons.includes(error.reason);
}

// Constructors named after those of k8s.io/apimachinery/pkg/api/errors; texts are theirs.

export function newNotFound(resource: GroupResourceName, name: string): StatusError {
  return new StatusError('NotFound', `${qualified(resource)} ${JSON.stringify(name)} not found`, { details: detailsOf(resource, name) });
}
export function newAlreadyExists(resource: GroupResourceName, name: string): StatusError {
  return new StatusError('AlreadyExists', `${qualified(resource)} ${JSON.stringify(name)} already exists`, { details: detailsOf(resource, name) });
}
export function newConflict(resource: GroupResourceName, name: string, cause: string): StatusError {
  return new StatusError('Conflict', `Operation cannot be fulfilled on ${qualified(resource)} ${JSON.stringify(name)}: ${cause}`, {
    details: detailsOf(resource, name),
  });
}
export function newForbidden(resource: GroupResourceName, name: string, cause: string): StatusError {
  const subject = resource.plural ? `${qualified(resource)}${name ? ` ${JSON.stringify(name)}` : ''} is forbidden` : 'forbidden';
  return new StatusError('Forbidden', `${subject}: ${cause}`, { details: detailsOf(resource, name) });
}
export function newBadRequest(message: string, options: ErrorOptions = {}): StatusError {
  return new StatusError('BadRequest', message, options);
}
export function newInternalError(error: unknown): StatusError {
  const text = error instanceof Error ? error.message : String(error);
  return new StatusError('InternalError', `Internal error occurred: ${text}`, { cause: error, details: { causes: [{ message: text }] } });
}
export function newMethodNotSupported(resource: GroupResourceName, action: string): StatusError {
  return new StatusError('MethodNotAllowed', `${action} is not supported on resources of kind ${JSON.stringify(qualified(resource))}`, {
    details: detailsOf(resource, ''),
  });
}
export function newUnauthorized(message = 'Unauthorized'): StatusError {
  return new StatusError('Unauthorized', message);
}
/** What a watch or a continued list asks for is no longer kept. */
export function newResourceExpired(message: string): StatusError {
  return new StatusError('Expired', message);
}
/** `retryAfterSeconds` also becomes the Retry-After header. */
export function newTooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError('TooManyRequests', message, { details: { retryAfterSeconds } });
}
export function newTimeout(message: string, retryAfterSeconds = 0): StatusError {
  return new StatusError('Timeout', `Timeout: ${message}`, { details: retryAfterSeconds ? { retryAfterSeconds } : {} });
}
export function newServerTimeout(resource: GroupResourceName, operation: string, retryAfterSeconds: number): StatusError {
  const message = `The ${operation} operation against ${qualified(resource)} could not be completed at this time, please try again.`;
  return new StatusError('ServerTimeout', message, { details: { ...detailsOf(resource, ''), retryAfterSeconds } });
}
export function newServiceUnavailable(message: string): StatusError {
  return new StatusError('ServiceUnavailable', message);
}
export function newRequestEntityTooLarge(message: string): StatusError {
  return new StatusError('RequestEntityTooLarge', `Request entity is too large: ${message}`);
}
/** 422 with every field error as a cause: `Pod "x" is invalid: spec.a: Required value` or `[a, b]` when several. */
export function newInvalid(kind: { group: string; kind: string }, name: string, errors: readonly FieldError[]): StatusError {
  const causes: StatusCause[] = errors.map((e) => ({ reason: e.type, message: e.message, field: e.field }));
  const texts = [...new Set(errors.map(formatFieldError))];
  const summary = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const qualifiedKind = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  const message = texts.length ? `${qualifiedKind} ${JSON.stringify(name)} is invalid: ${summary}` : `${qualifiedKind} ${JSON.stringify(name)} is invalid`;
  return new StatusError('Invalid', message, { details: compact({ name, group: kind.group, kind: kind.kind, causes }) });
}

function qualified(resource: GroupResourceName): string {
  return resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
}
function detailsOf(resource: GroupResourceName, name: string): StatusDetails {
  return compact({ name, group: resource.group, kind: resource.plural });
}
function compact(details: StatusDetails): StatusDetails {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== '' && value !== undefined)) as StatusDetails;
}
