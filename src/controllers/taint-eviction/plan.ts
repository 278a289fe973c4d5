import type { Pod, Taint, Toleration } from '#api/types/core-v1';

/** When a Pod has to leave its node because of NoExecute taints: never, or so many seconds after they are seen. */
export type Deadline = 'never' | number;

/** The shortest time for which all of these taints are tolerated. */
export function toleratedSeconds(pod: Pod, taints: readonly Taint[]): Deadline {
  const used: Toleration[] = [];
  for (const taint of taints) {
    const toleration = pod.spec?.tolerations?.find((t) => tolerates(t, taint));
    if (!toleration) return 0;
    used.push(toleration);
  }
  const limits = used.map((t) => t.tolerationSeconds).filter((seconds) => seconds !== undefined);
  // Beyond 2^53 they came as bigints.
  return limits.length === 0 ? 'never' : Math.max(0, Math.min(...limits.map(Number)));
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { effect, key, operator = 'Equal', value = '' } = toleration;
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  const taintValue = taint.value ?? '';
  if (operator === 'Equal') return Boolean(key) && value === taintValue;
  if (!/^-?\d+$/.test(value) || !/^-?\d+$/.test(taintValue)) return false;
  return operator === 'Gt' ? BigInt(taintValue) > BigInt(value) : operator === 'Lt' && BigInt(taintValue) < BigInt(value);
}
