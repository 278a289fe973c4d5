import { type KubeObject, quotaEvaluatorFor, resourceQuotas } from '#api';
import type { ResourceQuota } from '#api/types/core-v1';
import type { Clock } from '#lib';
import type { AdmissionPlugin, AdmissionRequest } from '../../contract.ts';
import { refuse } from '../refuse.ts';
import { ChargeLedger, type CountingOptions } from './charge-ledger.ts';
import type { ChargeRequest } from './plan-charge.ts';
import { QuotaDesk, type QuotaDeskOptions } from './quota-desk.ts';

/** The controller that counts quotas anew; what it finds is counted again here, where it is known what is on its way. */
const COUNTING_USER = 'system:serviceaccount:kube-system:resourcequota-controller';

export interface ResourceQuotaOptions extends CountingOptions {
  readonly clock: Clock;
  readonly updateStatus: QuotaDeskOptions['updateStatus'];
}

/** Charges what is written to the namespace's quotas, and refuses what they have no room for; follows k8s.io/apiserver/pkg/admission/plugin/resourcequota. */
export function createResourceQuota(options: ResourceQuotaOptions): AdmissionPlugin {
  const { reader, clock } = options;
  const ledger = new ChargeLedger(options);
  const desk = new QuotaDesk({ ...options, ledger });
  return {
    name: 'ResourceQuota',
    admit(request) {
      return isCount(request) ? count(desk, request, clock) : undefined;
    },
    validate(request) {
      const charge = chargeOf(request, clock);
      if (!charge || !has(reader.list(resourceQuotas, request.namespace))) return undefined;
      return pay(desk, ledger, request, charge, options);
    },
  };
}

function isCount({ operation, resource, subresource, user }: AdmissionRequest): boolean {
  return subresource === 'status' && resource.plural === 'resourcequotas' && operation === 'UPDATE' && user.username === COUNTING_USER;
}
async function count(desk: QuotaDesk, { object }: AdmissionRequest, clock: Clock): Promise<void> {
  const quota = object as ResourceQuota & KubeObject;
  // What is counted is what the status will limit.
  const counted = { ...quota, spec: { ...quota.spec, hard: quota.status?.hard } };
  quota.status = { ...quota.status, used: await desk.count(counted, clock.now()) };
}

function has(objects: Iterable<unknown>): boolean {
  for (const _ of objects) return true;
  return false;
}

/** Undefined: nobody pays for such a request. */
function chargeOf({ namespace, object, oldObject, operation, subresource, resource }: AdmissionRequest, clock: Clock): ChargeRequest | undefined {
  if (!namespace || !object || (operation !== 'CREATE' && operation !== 'UPDATE')) return undefined;
  const evaluator = quotaEvaluatorFor(resource);
  const write = { operation, subresource, object, oldObject };
  return evaluator?.handles(write) ? { evaluator, write, nowMs: clock.now() } : undefined;
}

async function pay(desk: QuotaDesk, ledger: ChargeLedger, request: AdmissionRequest, charge: ChargeRequest, options: ResourceQuotaOptions): Promise<void> {
  const { namespace, resource, isDryRun } = request;
  const outcome = await desk.charge(namespace, { resource, request: charge, isDryRun });
  if ('error' in outcome) throw outcome.error;
  if ('refusal' in outcome) throw refuse(request, outcome.refusal);
  const { entry } = outcome;
  if (!entry) return;
  request.afterwards?.((isStored) => {
    if (!isStored) desk.refund(namespace, entry);
    else void options.reader.settled(resource).then(() => ledger.remove(namespace, entry));
  });
}
