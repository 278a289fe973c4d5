import type { Call } from './call.ts';

/** `line 4: key "a" already set in map`, as Go's YAML parser says it of a key that comes twice; only the first is looked for. */
export async function repeatedKeys(text: string): Promise<string[]> {
  const { parseYaml } = await import('#lib/yaml');
  try {
    parseYaml(text);
    return [];
  } catch (error) {
    const { reason, mark } = error as { reason?: string; mark?: { line: number; position: number } };
    if (reason !== 'duplicated mapping key' || !mark) return [];
    return [`line ${mark.line + 1}: key ${JSON.stringify(keyAt(text, mark.position))} already set in map`];
  }
}

/** The key that begins here, or behind the quote before. */
function keyAt(text: string, position: number): string {
  const quote = text[position - 1];
  const isQuoted = quote === '"' || quote === "'";
  const end = isQuoted ? text.indexOf(quote, position) : text.slice(position).search(/[:,\n}]/) + position;
  return text.slice(position, end).trim();
}

/** The same as a finding of strict decoding: warnings name the line alone, errors say whose words it is. */
export async function repeatedKeyFindings({ fieldValidation }: Call, text: string): Promise<string[]> {
  const lines = await repeatedKeys(text);
  return fieldValidation === 'Strict' ? lines.map((line) => `yaml: unmarshal errors:\n  ${line}`) : lines;
}
