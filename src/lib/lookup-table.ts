/** A table in which names that others choose are looked up: it has its own members only, no `constructor` and no `toString`. */
export function lookupTable<T>(members: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, members);
}
