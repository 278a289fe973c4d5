import { boolYaml11Tag, defineScalarTag, FAILSAFE_SCHEMA, loadAll, mergeTag, NOT_RESOLVED, nullCoreTag } from 'js-yaml';
import { exactInteger } from './json-integers.ts';

/**
 * YAML as Go's sigs.k8s.io/yaml reads it: `yes`, `on`, `y` are booleans, `0644` and `0o644` are octal, `12:30:45` and dates stay texts.
 * js-yaml's own schemas differ in exactly these points.
 */

const integer = defineScalarTag('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: '-+0123456789'.split(''),
  resolve: (source) => parseInteger(source) ?? NOT_RESOLVED,
  identify: () => false,
});
const float = defineScalarTag('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: '-+.0123456789'.split(''),
  resolve: (source) => parseFloatScalar(source) ?? NOT_RESOLVED,
  identify: () => false,
});
const SCHEMA = FAILSAFE_SCHEMA.withTags(nullCoreTag, boolYaml11Tag, integer, float, mergeTag);

function parseInteger(source: string): number | bigint | undefined {
  const text = source.replaceAll('_', '');
  const match = /^([-+]?)(?:0x([0-9a-fA-F]+)|0b([01]+)|0o?([0-7]+)|(0|[1-9]\d*))$/.exec(text);
  if (!match) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const minus = sign === '-';
  if (decimal) return exactInteger(minus ? `-${decimal}` : decimal);
  const value = hex ? Number.parseInt(hex, 16) : binary ? Number.parseInt(binary, 2) : Number.parseInt(octal as string, 8);
  return minus ? -value : value;
}

function parseFloatScalar(source: string): number | undefined {
  if (!/^[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(source)) return undefined;
  return Number(source.replaceAll('_', ''));
}

/**
 * The first document of a YAML (or JSON) text, null where there is none; throws the parser's error, whose first line says what and where. A repeated key
 * is a mistake unless `lastKeyWins`.
 */
export function parseYaml(text: string, { lastKeyWins = false }: { readonly lastKeyWins?: boolean } = {}): unknown {
  const [first = null] = loadAll(text, { schema: SCHEMA, json: lastKeyWins });
  return first;
}

/** All documents of a YAML text, without empty ones. */
export function parseYamlDocuments(text: string): unknown[] {
  return loadAll(text, { schema: SCHEMA }).filter((document) => document !== null && document !== undefined);
}
