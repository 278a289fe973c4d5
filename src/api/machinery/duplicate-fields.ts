/** Upstream says no more. */
const MAX_FOUND = 100;

/**
 * Fields that occur twice in one object of a JSON text, as upstream's strict decoding reports them: `duplicate field "spec.x"`.
 * The text must be valid JSON. One pass over the characters, since it runs for every write.
 */
export function findDuplicateFields(text: string): string[] {
  const found = new Set<string>();
  const keysByDepth: (string[] | undefined)[] = [];
  const segments: string[] = [];
  const indexes: number[] = [];
  let depth = -1;
  let isKeyNext = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x7b: // {
        keysByDepth[++depth] = [];
        segments[depth] = '';
        isKeyNext = true;
        break;
      case 0x5b: // [
        keysByDepth[++depth] = undefined;
        indexes[depth] = 0;
        isKeyNext = false;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        isKeyNext = false;
        break;
      case 0x2c: // ,
        isKeyNext = keysByDepth[depth] !== undefined;
        if (!isKeyNext) indexes[depth] = (indexes[depth] ?? 0) + 1;
        break;
      case 0x22: {
        const end = endOfString(text, i);
        if (isKeyNext) {
          const raw = text.slice(i + 1, end);
          const name = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
          const keys = keysByDepth[depth] as string[];
          segments[depth] = name;
          if (!keys.includes(name)) keys.push(name);
          else if (found.size < MAX_FOUND) found.add(`duplicate field ${JSON.stringify(pathText(keysByDepth, segments, indexes, depth))}`);
          isKeyNext = false;
        }
        i = end;
        break;
      }
      default:
    }
  }
  return [...found];
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}
function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}
function pathText(keysByDepth: readonly (string[] | undefined)[], segments: readonly string[], indexes: readonly number[], depth: number): string {
  let path = '';
  for (let d = 0; d <= depth; d++) path += keysByDepth[d] ? `.${segments[d]}` : `[${indexes[d]}]`;
  return path.replace(/^\./, '');
}
