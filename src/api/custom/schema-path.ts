/** Paths to fields of a schema: `.spec.a`, `.spec['a-b']`. Follows ValidFieldPath of apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go. */
import { hasAdditionalProperties, type JsonSchema, propertyOf, valuesOf } from './json-schema.ts';

export interface SchemaPath {
  /** As errors print it. */
  readonly path: string;
  /** The first name of it. */
  readonly root: string;
  readonly schema: JsonSchema | undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Where the path leads, or what is wrong with it. */
export function findSchemaPath(text: string, schema: JsonSchema, options: { allowsBrackets: boolean }): SchemaPath | { error: string } {
  const tokens = text.match(/'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]]+/g) ?? [];
  let found: JsonSchema | undefined = schema;
  let path = '';
  let root = '';
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as string;
    let name: string;
    if (token === '.') {
      if (i + 1 >= tokens.length) return { error: 'unexpected end of JSON path' };
      name = tokens[++i] as string;
    } else if (token === '[') {
      if (!options.allowsBrackets) return { error: 'array notation is not allowed' };
      const quoted = tokens[++i];
      if (quoted === undefined) return { error: 'unexpected end of JSON path' };
      if (!/^'.*'$/s.test(quoted)) return { error: `expected single quoted string but got ${quoted}` };
      const bad = Array.from(quoted.matchAll(/\\(.)/gs)).find(([, letter = '']) => !"abfnrtv'\\".includes(letter));
      if (bad) return { error: `invalid string literal: invalid escape char ${bad[0]}` };
      name = quoted.slice(1, -1).replace(/\\(.)/g, (_escape, letter: string) => ESCAPES[letter] ?? letter);
      const closing = tokens[++i];
      if (closing === undefined) return { error: 'unexpected end of JSON path' };
      if (closing !== ']') return { error: `expected ] but got ${closing}` };
    } else return { error: `expected [ or . but got: ${token}` };
    const isNamed: boolean = Object.keys(found?.properties ?? {}).length > 0;
    if (!isNamed && !(found && hasAdditionalProperties(found))) return { error: 'does not refer to a valid field' };
    if (isNamed && !propertyOf(found, name)) return { error: 'does not refer to a valid field' };
    found = isNamed ? propertyOf(found, name) : valuesOf(found);
    path = isNamed ? (path ? `${path}.${name}` : name) : `${path}[${name}]`;
    root ||= name;
  }
  return { path, root, schema: found };
}
