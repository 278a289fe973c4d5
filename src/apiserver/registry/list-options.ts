import { type FieldError, forbidden, type ListOptions, newInvalid, notSupported, type WatchOptions } from '#api';

const MATCH = 'resourceVersionMatch';

/** Throws Invalid for options that make no sense together in a list (k8s.io/apimachinery/pkg/apis/meta/internalversion/validation). */
export function checkListOptions(options: ListOptions & { sendInitialEvents?: boolean | undefined }): void {
  const { resourceVersion, resourceVersionMatch: match } = options;
  const errors: FieldError[] = [];
  if (match) {
    if (!resourceVersion) errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (options.continue) errors.push(continuesToo());
    if (match !== 'Exact' && match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && resourceVersion === '0') {
      errors.push(forbidden(MATCH, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (options.sendInitialEvents !== undefined) errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  throwFor(errors);
}

/** The same for a watch; returns the options with what upstream takes for granted: who names no version is sent the state first. */
export function checkWatchOptions<T extends Omit<WatchOptions, 'signal'>>(options: T): T {
  const { sendInitialEvents, resourceVersion, resourceVersionMatch: match } = options;
  if (sendInitialEvents === undefined && !match) {
    const wantsState = !resourceVersion || resourceVersion === '0';
    return wantsState ? { ...options, sendInitialEvents: true } : options;
  }
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match) {
    if (sendInitialEvents === undefined) errors.push(forbidden(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'));
    if (match !== 'NotOlderThan') errors.push(notSupported(MATCH, match, ['NotOlderThan']));
    if (options.continue) errors.push(continuesToo());
  }
  throwFor(errors);
  return options;
}

function continuesToo(): FieldError {
  return forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
}
function throwFor(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw newInvalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}
