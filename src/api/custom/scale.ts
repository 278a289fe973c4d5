/** The scale subresource of custom kinds: replicas and the selector at paths that the definition names. */
import type { CustomResourceSubresourceScale } from '#api/types/apiextensions-v1';
import { type FieldError, invalid } from '../machinery/field-error.ts';
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { inOrder, isObject, setMember } from '../machinery/json-value.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { ScaleSubresource } from '../machinery/resource.ts';
import { goNumber, jsonTypeOf } from './scalar-validation.ts';

const MAX_REPLICAS = 2147483647;

export function scaleSubresource(scale: CustomResourceSubresourceScale): ScaleSubresource<KubeObject> {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return {
    specReplicas: (object) => numberAt(object, specReplicasPath),
    statusReplicas: (object) => numberAt(object, statusReplicasPath) ?? 0,
    replicasPath: specReplicasPath,
    selector: (object) => {
      const { value } = labelSelectorPath ? locate(object, labelSelectorPath) : {};
      return typeof value === 'string' ? value : '';
    },
    setReplicas: (object, replicas) => {
      const names = fieldNamesOf(specReplicasPath);
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
  return labelSelectorPath ? [...errors, ...selectorErrors(object, labelSelectorPath)] : errors;
}
function replicasErrors(object: KubeObject, path: string): FieldError[] {
  const { value: given, error } = locate(object, path);
  if (error) return [invalid(path, 0, error)];
  if (given === undefined) return [];
  // Integers beyond 2^53.
  const value = typeof (given as unknown) === 'bigint' ? Number(given) : given;
  if (typeof value !== 'number' || !Number.isInteger(value)) return [invalid(path, 0, accessorText(fieldNamesOf(path), value, 'int64'))];
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')];
  return value > MAX_REPLICAS ? [invalid(path, value, `should be less than or equal to ${MAX_REPLICAS}`)] : [];
}
function selectorErrors(object: KubeObject, path: string): FieldError[] {
  const { value, error } = locate(object, path);
  if (error) return [invalid(path, '', error)];
  return value === undefined || typeof value === 'string' ? [] : [invalid(path, '', accessorText(fieldNamesOf(path), value, 'string'))];
}
function accessorText(names: readonly string[], value: JsonValue, wanted: string): string {
  return `.${names.join('.')} accessor error: ${goText(value)} is of the type ${goType(value)}, expected ${wanted}`;
}
/** As Go's `%v` prints it. */
function goText(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (!isObject(value)) return typeof value === 'number' ? goNumber(value) : String(value);
  const members = Object.entries(inOrder(value) as JsonObject).map(([name, member]) => `${name}:${goText(member as JsonValue)}`);
  return `map[${members.join(' ')}]`;
}
function goType(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  return { integer: 'int64', number: 'float64', boolean: 'bool' }[jsonTypeOf(value)] ?? 'string';
}

function numberAt(object: KubeObject, path: string): number | undefined {
  const { value } = locate(object, path);
  return typeof value === 'number' ? value : undefined;
}
/** What stands at the path; an error where something on the way to it is no object. */
function locate(object: KubeObject, path: string): { value?: JsonValue | undefined; error?: string } {
  let value: JsonValue | undefined = object as unknown as JsonValue;
  const names = fieldNamesOf(path);
  for (const [i, name] of names.entries()) {
    if (value === null) return {};
    if (!isObject(value)) return { error: accessorText(names.slice(0, i + 1), value, 'map[string]interface{}') };
    if (!Object.hasOwn(value, name) || value[name] === undefined) return {};
    value = value[name];
  }
  return { value };
}
/** The members that a path like `.spec.replicas` leads through. */
export function fieldNamesOf(path: string): string[] {
  return path.replace(/^\./, '').split('.');
}
