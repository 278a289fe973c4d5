import { type Check, type CheckPod, securityFields, settersText } from '../check.ts';

const isNoHostProcess: CheckPod = ({ spec }) => {
  const { pod, containers } = securityFields(spec, ({ windowsOptions }) => windowsOptions?.hostProcess);
  const bad = containers.filter(({ value }) => value === true).map(({ name }) => name);
  if (pod !== true && bad.length === 0) return undefined;
  return { reason: 'hostProcess', detail: `${settersText(pod === true, bad)} must not set securityContext.windowsOptions.hostProcess=true` };
};

/** Windows' way of running on the host itself. */
export const windowsHostProcess: Check = { id: 'windowsHostProcess', level: 'baseline', versions: [{ since: 0, check: isNoHostProcess }] };
