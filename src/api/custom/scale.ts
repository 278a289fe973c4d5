/** The scale subresource of custom kinds: replicas and the selector at paths that the definition names. */
import type { CustomResourceSubresourceScale } from '#api/types/apiextensions-v1';
import { type FieldError, invalid } from '../machinery/field-error.ts';
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { isObject, setMember } from '../machinery/json-value.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { ScaleSubresource } from '../machinery/resource.ts';

const MAX_REPLICAS = 2147483647;

export function scaleSubresource(scale: CustomResourceSubresourceScale): ScaleSubresource<KubeObject> {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return {
    specReplicas: (object) => numberAt(object, specReplicasPath),
    statusReplicas: (object) => numberAt(object, statusReplicasPath),
    selector: (object) => {
      const value = labelSelectorPath ? valueAt(object, labelSelectorPath) : undefined;
      return typeof value === 'string' ? value : '';
    },
    setReplicas: (object, replicas) => {
      const names = namesOf(specReplicasPath);
      const last = names.pop() ?? '';
      let holder = object as unknown as JsonObject;
      for (const name of names) {
        if (!isObject(holder[name])) setMember(holder, name, {});
        holder = holder[name] as JsonObject;
      }
      setMember(holder, last, replicas);
    },
  };
}

/** What is wrong with the numbers at the scale's paths. */
export function validateScale(scale: CustomResourceSubresourceScale | undefined, object: KubeObject, parts: { spec: boolean }): FieldError[] {
  if (!scale) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const errors = [...(parts.spec ? replicasErrors(object, specReplicasPath) : []), ...replicasErrors(object, statusReplicasPath)];
  const selector = labelSelectorPath ? valueAt(object, labelSelectorPath) : undefined;
  if (selector !== undefined && typeof selector !== 'string')
    errors.push(invalid(labelSelectorPath as string, '', accessorText(labelSelectorPath as string, selector, 'string')));
  return errors;
}
function replicasErrors(object: KubeObject, path: string): FieldError[] {
  const given = valueAt(object, path);
  if (given === undefined) return [];
  // Integers beyond 2^53.
  const value = typeof (given as unknown) === 'bigint' ? Number(given) : given;
  if (typeof value !== 'number' || !Number.isInteger(value)) return [invalid(path, 0, accessorText(path, value, 'int64'))];
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')];
  return value > MAX_REPLICAS ? [invalid(path, value, `should be less than or equal to ${MAX_REPLICAS}`)] : [];
}
function accessorText(path: string, value: JsonValue, wanted: string): string {
  const found = value === null ? '<nil> is of the type <nil>' : `${goText(value)} is of the type ${goType(value)}`;
  return `${path} accessor error: ${found}, expected ${wanted}`;
}
function goText(value: JsonValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
function goType(value: JsonValue): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  return typeof value === 'number' ? (Number.isInteger(value) ? 'int64' : 'float64') : typeof value === 'boolean' ? 'bool' : 'string';
}

function numberAt(object: KubeObject, path: string): number {
  const value = valueAt(object, path);
  return typeof value === 'number' ? value : 0;
}
function valueAt(object: KubeObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = object as unknown as JsonValue;
  for (const name of namesOf(path)) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}
function namesOf(path: string): string[] {
  return path.replace(/^\./, '').split('.');
}
