/**
 * Writes one TypeScript module of interfaces per API group version, from the facts.
 * Output: src/api/gen/types/<group>-<version>.ts, imported as `#api/types/<group>-<version>`.
 */

export interface FieldFact {
  type: string;
  pb?: number;
  wire?: string;
  omitempty?: boolean;
  optional?: boolean;
  required?: boolean;
  listType?: 'atomic' | 'set' | 'map';
  listMapKeys?: string[];
  mapType?: 'atomic' | 'granular';
  patchStrategy?: string;
  patchMergeKey?: string;
  default?: string;
  featureGate?: string;
}
export interface GroupFacts {
  structs: Record<string, Record<string, FieldFact>>;
  types: Record<string, { is: string; values?: string[]; enum?: boolean }>;
  kinds: Record<string, string[]>;
}
export type ApiFacts = Record<string, GroupFacts>;

/** Group versions that Kubernetes serves by default, and the ones whose structs those use. */
export function isGenerated(groupVersion: string): boolean {
  return groupVersion === 'metrics/v1beta1' || !/alpha|beta|^runtime$|^intstr$/.test(groupVersion);
}

const QUALIFIERS: Record<string, string> = {
  metav1: 'meta/v1',
  corev1: 'core/v1',
  apiv1: 'core/v1',
  batchv1: 'batch/v1',
  authenticationv1: 'authentication/v1',
  authnv1: 'authentication/v1',
  authorizationv1: 'authorization/v1',
};
const BUILTIN: Record<string, string> = {
  string: 'string',
  bool: 'boolean',
  int: 'number',
  int32: 'number',
  int64: 'number',
  uint16: 'number',
  float64: 'number',
  '[]byte': 'string',
  'types.UID': 'string',
  'types.NodeName': 'string',
  'runtime.RawExtension': 'JsonObject',
  'runtime.Unknown': 'JsonObject',
  'intstr.IntOrString': 'number | string',
  'resource.Quantity': 'string',
  'metav1.Time': 'string',
  'metav1.MicroTime': 'string',
  CustomResourceSubresourceStatus: 'JsonObject',
  'metav1.Duration': 'string',
  'v1.MicroTime': 'string',
  'v1.Time': 'string',
};
/** Structs whose JSON form is not an object of their fields. */
const SPECIAL: Record<string, string> = {
  'meta/v1.Time': 'string',
  'meta/v1.MicroTime': 'string',
  'meta/v1.Duration': 'string',
  'meta/v1.FieldsV1': 'JsonObject',
  'apiextensions/v1.JSON': 'JsonValue',
  'apiextensions/v1.JSONSchemaPropsOrBool': 'JSONSchemaProps | boolean',
  'apiextensions/v1.JSONSchemaPropsOrArray': 'JSONSchemaProps | JSONSchemaProps[]',
  'apiextensions/v1.JSONSchemaPropsOrStringArray': 'JSONSchemaProps | string[]',
};

/** Resolves a Go type name seen in `groupVersion` to the fact it names: `[groupVersion, name]`, or undefined for a builtin. */
export function resolveType(facts: ApiFacts, groupVersion: string, name: string): [string, string] | undefined {
  const dot = name.indexOf('.');
  if (dot < 0) return has(facts, groupVersion, name) ? [groupVersion, name] : undefined;
  const [qualifier, local] = [name.slice(0, dot), name.slice(dot + 1)];
  const candidates = QUALIFIERS[qualifier] ? [QUALIFIERS[qualifier]] : ['core/v1', 'meta/v1', 'authentication/v1', 'coordination/v1'];
  const home = candidates.find((c) => has(facts, c, local));
  return home ? [home, local] : undefined;
}
function has(facts: ApiFacts, groupVersion: string, name: string): boolean {
  const group = facts[groupVersion];
  return group !== undefined && (name in group.structs || name in group.types);
}

export function moduleName(groupVersion: string): string {
  return groupVersion.replace('/', '-');
}

/** Renders the module of one group version. */
export function renderTypes(facts: ApiFacts, groupVersion: string): string {
  const group = facts[groupVersion];
  if (!group) throw new Error(`No facts for ${groupVersion}`);
  const imports = new Map<string, Set<string>>();
  const body: string[] = [];
  const tsType = (goType: string): string => {
    if (goType.startsWith('*')) return tsType(goType.slice(1));
    if (BUILTIN[goType]) return BUILTIN[goType];
    if (goType.startsWith('[]')) return arrayOf(tsType(goType.slice(2)));
    const map = /^map\[([^\]]+)\](.*)$/.exec(goType);
    if (map) return `Record<string, ${tsType(map[2] ?? '')}>`;
    const resolved = resolveType(facts, groupVersion, goType);
    if (!resolved) throw new Error(`Unknown type ${goType} in ${groupVersion}`);
    const [home, name] = resolved;
    const special = SPECIAL[`${home}.${name}`];
    if (special && !special.includes('JSONSchemaProps')) return special;
    if (home !== groupVersion) {
      const names = imports.get(home) ?? new Set();
      imports.set(home, names.add(name));
    }
    return name;
  };
  for (const [name, type] of Object.entries(group.types)) {
    const literals = type.enum && type.values?.length ? type.values.map((v) => JSON.stringify(v)).join(' | ') : undefined;
    body.push(`export type ${name} = ${literals ?? tsType(type.is)};`);
  }
  for (const [name, fields] of Object.entries(group.structs)) {
    const special = SPECIAL[`${groupVersion}.${name}`];
    if (special) body.push(`export type ${name} = ${special};`);
    else body.push(renderStruct(name, fields, name in group.kinds, tsType));
  }
  const header = ['// Generated by scripts/gen from src/api/facts. Do not edit.', "import type { JsonObject, JsonValue } from '../../machinery/json.ts';"];
  for (const [home, names] of imports) header.push(`import type { ${[...names].sort().join(', ')} } from './${moduleName(home)}.ts';`);
  return `${header.join('\n')}\nexport type { JsonObject, JsonValue };\n\n${body.join('\n')}\n`;
}

function arrayOf(element: string): string {
  return /[|]/.test(element) ? `(${element})[]` : `${element}[]`;
}

function renderStruct(name: string, fields: Record<string, FieldFact>, isKind: boolean, tsType: (t: string) => string): string {
  const bases: string[] = [];
  const lines: string[] = [];
  for (const [field, fact] of Object.entries(fields)) {
    if (field.startsWith('*inline:')) {
      bases.push(tsType(fact.type));
      continue;
    }
    const isRequired = fact.required || !(fact.optional || fact.omitempty) || (isKind && (field === 'metadata' || field === 'spec'));
    lines.push(`  ${JSON.stringify(field)}${isRequired ? '' : '?'}: ${tsType(fact.type)}${isRequired ? '' : ' | undefined'};`);
  }
  return `export interface ${name}${bases.length ? ` extends ${bases.join(', ')}` : ''} {\n${lines.join('\n')}\n}`;
}
