import type { FieldError, KubeObject } from '#api';
import type { Call } from './call.ts';

/** Mistakes in the metadata of a new object. */
export function checkCreate(_call: Call, _object: KubeObject): FieldError[] {
  return [];
}
/** Mistakes in how an update changes metadata. */
export function checkUpdate(_call: Call, _object: KubeObject, _old: KubeObject): FieldError[] {
  return [];
}
