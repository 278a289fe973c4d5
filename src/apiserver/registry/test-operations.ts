import { goJson, isObject, type JsonObject, type JsonValue } from '#api';

/**
 * Upstream's library compares what a JSON patch's `test` expects with the text that Go wrote of the object, so scalars that are written in another way
 * (`1.0`, `"\u00fc"`, `"<"`) equal nothing. Gives such operations a value that equals nothing; `bytes` are the patch as sent.
 */
export function testsAsWritten(operations: JsonValue[], bytes: Buffer): JsonValue[] {
  if (!operations.some(isTest)) return operations;
  const foreign = writtenOtherwise(bytes.toString());
  return operations.map((operation, i) => (foreign.has(i) && isTest(operation) ? { ...operation, value: Number.NaN } : operation));
}
function isTest(operation: JsonValue): operation is JsonObject {
  return isObject(operation) && operation['op'] === 'test';
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/** The indexes of the operations whose `value` has scalars in it that Go would write in another way. */
function writtenOtherwise(text: string): Set<number> {
  const found = new Set<number>();
  let depth = 0;
  let index = 0;
  let member: JsonValue = null;
  // A text is judged when what follows shows that it is no key.
  let pending = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === ':') {
      if (depth === 2) member = JSON.parse(pending) as string;
      if (depth === 2 && member === 'value') found.delete(index);
    } else if (pending && member === 'value' && depth >= 2 && !isGos(pending)) found.add(index);
    pending = '';
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token === ',' && depth === 1) [index, member] = [index + 1, null];
    else if (token !== ',' && token !== ':') pending = token;
  }
  return found;
}
function isGos(scalar: string): boolean {
  return /^-?[1-9]\d*$/.test(scalar) || scalar === goJson(JSON.parse(scalar) as JsonValue);
}
