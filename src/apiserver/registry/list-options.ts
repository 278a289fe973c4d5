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

/** What is asked of a watch. */
export interface AskedWatch extends Omit<WatchOptions, 'signal'> {
  /** By the deprecated `/watch/` prefix alone: upstream judges the options as a list's then, and takes nothing for granted. */
  readonly isByPrefix?: boolean;
}

/** The same for a watch; returns the options with what upstream takes for granted: who names no version is sent the state first. */
export function checkWatchOptions(asked: AskedWatch): AskedWatch {
  if (asked.isByPrefix) {
    checkListOptions(asked);
    return asked;
  }
  const options = withDefaults(asked);
  const { sendInitialEvents, resourceVersionMatch: match } = options;
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
function withDefaults(asked: AskedWatch): AskedWatch {
  const { sendInitialEvents, resourceVersion, resourceVersionMatch } = asked;
  const isOld = sendInitialEvents === undefined && !resourceVersionMatch && (!resourceVersion || resourceVersion === '0');
  return isOld ? { ...asked, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } : asked;
}

function continuesToo(): FieldError {
  return forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
}
function throwFor(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw newInvalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}
