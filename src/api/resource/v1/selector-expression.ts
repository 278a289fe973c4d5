import type { DeviceClass, ResourceClaimSpec } from '#api/types/resource-v1';
import type { FieldError } from '../../machinery/field-error.ts';
import type * as Compiler from './selector-compiler.ts';

let compiler: typeof Compiler | undefined;

/** Loads CEL: awaited before an object that selects devices is judged. Servers without any never pay for it. */
export async function loadSelectors(): Promise<void> {
  compiler ??= await import('./selector-compiler.ts');
}

/** Loads CEL if the class chooses devices. */
export function loadSelectorsOfClass({ spec }: DeviceClass): Promise<void> | undefined {
  return spec.selectors?.length ? loadSelectors() : undefined;
}

/** Loads CEL if the claim chooses devices. */
export function loadSelectorsOfClaim(spec: ResourceClaimSpec | undefined): Promise<void> | undefined {
  const requests = spec?.devices?.requests ?? [];
  const all = requests.flatMap(({ exactly, firstAvailable }) => [...(exactly ? [exactly] : []), ...(firstAvailable ?? [])]);
  return all.some(({ selectors }) => selectors?.length) ? loadSelectors() : undefined;
}

/** What is wrong with an expression that chooses devices, as the compiler says. `loadSelectors()` must have been awaited. */
export function checkDeviceExpression(expression: string, path: string): FieldError[] {
  if (!compiler) throw new Error('an expression is judged before CEL was loaded: await loadSelectors() first');
  return compiler.selectorExpressionErrors(expression, path);
}
