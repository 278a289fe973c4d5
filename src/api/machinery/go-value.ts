import type { JsonValue } from './json.ts';
import { type FieldSchema, type ObjectSchema, schemaOf, type SchemaRef, type TypeSchema } from './schema.ts';

/**
 * A value as upstream prints its internal struct in errors: members have Go's names, none is left out.
 * Structs of meta/v1 are the same in and out, and keep their own names.
 */
export function goValue(ref: SchemaRef, value: unknown): JsonValue {
  return printed(schemaOf(ref), value as JsonValue | undefined);
}

function printed(type: TypeSchema, value: JsonValue | undefined): JsonValue {
  const isNothing = value === undefined || value === null;
  switch (type.kind) {
    case 'object':
      return type.groupVersion === 'meta/v1' ? (value ?? {}) : members(type, (value ?? {}) as Readonly<Record<string, JsonValue>>);
    case 'list':
      return isNothing ? null : (value as JsonValue[]).map((each) => printed(type.element, each));
    case 'map':
      return isNothing ? null : mapped(type.value, value as Readonly<Record<string, JsonValue>>);
    case 'scalar':
      return isNothing ? (ZEROS[type.scalar] ?? null) : value;
  }
}

function mapped(type: TypeSchema, value: Readonly<Record<string, JsonValue>>): JsonValue {
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, printed(type, value[name])]));
}

const ZEROS: Readonly<Record<string, JsonValue>> = { string: '', bool: false, int32: 0, int64: 0, uint16: 0, float64: 0, quantity: '0', intOrString: 0 };

/** What a PodSpec has inside with its security context, and what it does not have. */
const HOST_FIELDS = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'];
const ELSEWHERE = new Set([...HOST_FIELDS, 'serviceAccount']);

function members(type: ObjectSchema, value: Readonly<Record<string, JsonValue>>): JsonValue {
  const entries: [string, JsonValue][] = [];
  const isPodSpec = type.struct === 'PodSpec';
  for (const field of type.fields.values()) {
    const member = value[field.name];
    if (isPodSpec && ELSEWHERE.has(field.name)) continue;
    if (isPodSpec && field.name === 'securityContext') {
      entries.push(['SecurityContext', podSecurity(type, field, value)]);
      continue;
    }
    // Embedded.
    if (field.name === 'metadata') entries.push(...Object.entries((member ?? {}) as Record<string, JsonValue>));
    else entries.push([goName(type, field), field.isPointer && (member === undefined || member === null) ? null : printed(field.type, member)]);
  }
  return Object.fromEntries(entries);
}

function podSecurity(type: ObjectSchema, { type: context }: FieldSchema, spec: Readonly<Record<string, JsonValue>>): JsonValue {
  const host = HOST_FIELDS.flatMap((name) => {
    const field = type.fields.get(name);
    if (!field) return [];
    return [[goName(type, field), field.isPointer ? (spec[name] ?? null) : printed(field.type, spec[name])] as const];
  });
  return { ...Object.fromEntries(host), ...(printed(context, spec['securityContext']) as object) };
}

/** Names that are not the field's with a capital. */
const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'APIGroup APIGroups APIVersion AWSElasticBlockStore CEL CephFS CSI DNSConfig DNSPolicy FC FSGroup FSGroupChangePolicy FSType GCEPersistentDisk ' +
    'GMSACredentialSpec GMSACredentialSpecName GRPC HTTPGet HTTPHeaders IP IPs IQN ISCSI NFS OS PDName RBD SELinuxChangePolicy SELinuxOptions StorageOS ' +
    'TCPSocket TTY UID WWIDs'
  )
    .split(' ')
    .map((name) => [name.toLowerCase(), name]),
);
/** Those that have other names inside. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DeviceAttribute: {
    int: 'IntValue',
    bool: 'BoolValue',
    string: 'StringValue',
    version: 'VersionValue',
    ints: 'IntValues',
    bools: 'BoolValues',
    strings: 'StringValues',
    versions: 'VersionValues',
  },
};

function goName({ struct }: ObjectSchema, { name }: FieldSchema): string {
  return RENAMED[struct]?.[name] ?? NAMES[name.toLowerCase()] ?? name.charAt(0).toUpperCase() + name.slice(1);
}
