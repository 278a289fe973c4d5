const warnings = new WeakMap<object, readonly string[]>();

/** Warnings that were due before a request failed: they are sent with the failure. */
export function attachWarnings(error: unknown, texts: readonly string[]): void {
  if (texts.length > 0 && typeof error === 'object' && error !== null) warnings.set(error, texts);
}
export function warningsOf(error: unknown): readonly string[] {
  return (typeof error === 'object' && error !== null && warnings.get(error)) || [];
}
/** The values of the Warning headers; twice the same warning is one. */
export function warningHeaders(texts: readonly string[]): string[] {
  return [...new Set(texts)].map((text) => `299 - ${JSON.stringify(text)}`);
}
