/** CEL's own words, which a property may be named as. */
const RESERVED = new Set('true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '));

/** The name under which CEL sees a JSON property: itself, or escaped (`x-y` is `x__dash__y`, `in` is `__in__`); undefined when it has none and rules cannot reach it. */
export function escapeFieldName(property: string): string | undefined {
  if (RESERVED.has(property)) return `__${property}__`;
  if (!/^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/.test(property)) return undefined;
  return property.replaceAll('__', '__underscores__').replaceAll('.', '__dot__').replaceAll('-', '__dash__').replaceAll('/', '__slash__');
}
