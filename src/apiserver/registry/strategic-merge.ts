import { type JsonValue, newMethodNotSupported } from '#api';
import type { View } from './view.ts';

/** A strategic merge patch of what the view shows. */
export function strategicMerge(_view: View, _current: JsonValue, _patch: JsonValue): JsonValue {
  throw newMethodNotSupported({ group: '', plural: 'patch' }, 'strategic');
}
