import type * as Cel from '../../cel/index.ts';

let loaded: typeof Cel | undefined;

/** Loads the expression language. Whoever is about to serve or judge rules awaits it; a server without rules never pays for it. */
export async function loadCel(): Promise<void> {
  loaded ??= await import('../../cel/index.ts');
}

/** The expression language; `loadCel()` must have been awaited. */
export function celModule(): typeof Cel {
  if (!loaded) throw new Error('CEL is used before it was loaded: await loadCel() first');
  return loaded;
}
