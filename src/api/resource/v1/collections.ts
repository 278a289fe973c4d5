/** Lists and maps with a limit, as pkg/apis/resource/validation checks them: one that is too long is not looked into. */
import { duplicate, type FieldError, index, key, tooMany } from '../../machinery/field-error.ts';

export const NO_LIMIT = -1;
type Check<T> = (item: T, path: string) => FieldError[];

/** Every item, when there are not too many. */
export function listErrors<T>(list: readonly T[] | null | undefined, limit: number, path: string, check: Check<T>): FieldError[] {
  const items = list ?? [];
  if (limit >= 0 && items.length > limit) return [tooMany(path, items.length, limit)];
  return items.flatMap((item, i) => check(item, index(path, i)));
}

/** As `listErrors`, and each item is in it once. */
export function setErrors<T>(list: readonly T[] | null | undefined, limit: number, path: string, check: Check<T>, keyOf: (item: T) => string): FieldError[] {
  const items = list ?? [];
  const errors = listErrors(items, limit, path, check);
  if (limit >= 0 && items.length > limit) return errors;
  const seen = new Set<string>();
  items.forEach((item, i) => {
    const name = keyOf(item);
    if (seen.has(name)) errors.push(duplicate(index(path, i), name));
    seen.add(name);
  });
  return errors;
}

/** Every key and value, when there are not too many. Long keys are shortened where errors name them. */
export function mapErrors<T>(
  map: Readonly<Record<string, T>> | null | undefined,
  { limit = NO_LIMIT, longestKey }: { readonly limit?: number; readonly longestKey: number },
  path: string,
  checkKey: Check<string>,
  check: Check<T>,
): FieldError[] {
  const entries = Object.entries(map ?? {});
  if (limit >= 0 && entries.length > limit) return [tooMany(path, entries.length, limit)];
  return entries.flatMap(([name, value]) => {
    const at = key(path, shortened(name, longestKey));
    return [...checkKey(name, at), ...check(value, at)];
  });
}

const ELLIPSIS = '...';
function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const rest = length - ELLIPSIS.length;
  return text.slice(0, Math.floor((rest + 1) / 2)) + ELLIPSIS + text.slice(text.length - Math.floor(rest / 2));
}
