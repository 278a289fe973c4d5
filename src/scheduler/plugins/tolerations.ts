import type { Taint, Toleration } from '#api/types/core-v1';

/** Whether the toleration covers the taint (k8s.io/api/core/v1 Toleration.ToleratesTaint). */
export function toleratesTaint(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || 'Equal') {
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    case 'Exists':
      return true;
    case 'Lt':
    case 'Gt':
      return compares(toleration.operator === 'Lt', toleration.value, taint.value);
    default:
      return false;
  }
}

/** Numeric tolerations: the taint's value must be below (`Lt`) or above (`Gt`) the toleration's. */
function compares(isBelow: boolean, limit: string | undefined, value: string | undefined): boolean {
  if (!/^-?\d+$/.test(limit ?? '') || !/^-?\d+$/.test(value ?? '')) return false;
  const difference = BigInt(value ?? '0') - BigInt(limit ?? '0');
  return isBelow ? difference < 0n : difference > 0n;
}
