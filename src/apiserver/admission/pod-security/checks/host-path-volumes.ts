import { type Check, type CheckPod, joinQuote, pluralize } from '../check.ts';

const mountsNoHostPath: CheckPod = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  return bad.length > 0 ? { reason: 'hostPath volumes', detail: `${pluralize(bad.length, 'volume')} ${joinQuote(bad)}` } : undefined;
};

/** The host's files may not be mounted. */
export const hostPathVolumes: Check = { id: 'hostPathVolumes', level: 'baseline', versions: [{ since: 0, check: mountsNoHostPath }] };
