/** The options of `kubectl logs` as they arrive at the kubelet. Follows k8s.io/kubernetes pkg/apis/core/validation ValidatePodLogOptions. */

export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  /** Lines before this time are left out. */
  readonly sinceMs?: number | undefined;
  readonly tailLines?: number | undefined;
  /** At most this many bytes are written. */
  readonly limitBytes?: number | undefined;
  readonly stream: 'All' | 'Stdout' | 'Stderr';
}

/** The options in a query; `invalid` when they cannot be read (400) or contradict each other (422). */
export function logOptionsOf(query: URLSearchParams, nowMs: number): LogOptions | { readonly invalid: 400 | 422 } {
  const sinceSeconds = integer(query.get('sinceSeconds'));
  const tail = query.get('tail') ?? query.get('tailLines');
  const tailLines = integer(tail === 'all' ? null : tail);
  const limitBytes = integer(query.get('limitBytes'));
  const sinceTime = query.get('sinceTime');
  const sinceTimeMs = sinceTime ? Date.parse(sinceTime) : undefined;
  const flags = ['follow', 'previous', 'timestamps'].map((name) => boolean(query.get(name)));
  const [follow, previous, timestamps] = flags;
  if ([sinceSeconds, tailLines, limitBytes, sinceTimeMs].some(Number.isNaN) || flags.includes(undefined)) return { invalid: 400 };
  const stream = query.get('stream') || 'All';
  if (stream !== 'All' && stream !== 'Stdout' && stream !== 'Stderr') return { invalid: 422 };
  if ((tailLines ?? 0) < 0 || (limitBytes ?? 1) < 1 || (sinceSeconds ?? 1) < 1) return { invalid: 422 };
  if (sinceSeconds !== undefined && sinceTimeMs !== undefined) return { invalid: 422 };
  // Lines are counted in the file, where both streams are mixed.
  if (stream !== 'All' && tailLines !== undefined) return { invalid: 422 };
  const sinceMs = sinceSeconds !== undefined ? nowMs - sinceSeconds * 1000 : sinceTimeMs;
  return { follow: follow === true, previous: previous === true, timestamps: timestamps === true, sinceMs, tailLines, limitBytes, stream };
}

/** NaN: not a number. */
function integer(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  return /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
}
/** undefined: neither true nor false. An empty value counts as true, as upstream's decoder reads it. */
function boolean(text: string | null): boolean | undefined {
  if (text === null) return false;
  if (['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  return undefined;
}
