import type { CelLibrary } from '../../environment.ts';
import { celFunction, overload } from '../../functions.ts';
import { stringType } from '../../types.ts';

/** `jsonpatch.escapeKey`, for mutating policies, as k8s.io/apiserver/pkg/cel/library/jsonpatch.go. */
export const JSON_PATCH: CelLibrary = {
  name: 'kubernetes.jsonpatch',
  functions: [
    celFunction(
      'jsonpatch.escapeKey',
      overload('string_jsonpatch_escapeKey_string', [stringType], stringType, (key) => (key as string).replaceAll('~', '~0').replaceAll('/', '~1')),
    ),
  ],
};
