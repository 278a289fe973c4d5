import type { CustomResourceDefinition } from '#api/types/apiextensions-v1';
import { everySchema, type JsonSchema } from '../json-schema.ts';
import { loadCel } from './cel-module.ts';

/** Loads the expression language if the definition has rules: before the definition is judged, and before its kind is served. */
export function loadRulesOf({ spec }: CustomResourceDefinition): Promise<void> | undefined {
  const schemas = spec?.versions?.map(({ schema }) => schema?.openAPIV3Schema as JsonSchema | undefined) ?? [];
  return schemas.some((schema) => everySchema(schema).some((each) => Boolean(each['x-kubernetes-validations']?.length))) ? loadCel() : undefined;
}
