import { isStatus, type KubeObject, serviceCidrs } from '#api';
import type { ServiceCIDR } from '#api/types/networking-v1';
import { type Clock, rfc3339 } from '#lib';
import { APISERVER_USER, type RequestRunner } from './index.ts';

const REF = { name: 'kubernetes' };
const MANAGER = 'kubernetes-service-cidr-controller';
const READY = { type: 'Ready', status: 'True', message: 'Kubernetes default Service CIDR is ready' } as const;

/**
 * Makes the ServiceCIDR `kubernetes` of the configured range, where it is missing, and says that it is ready. An existing one of another range is left
 * alone. Follows pkg/controlplane/controller/defaultservicecidr.
 */
export async function ensureDefaultServiceCidr(local: RequestRunner, cidr: string, clock: Clock): Promise<void> {
  const request = { resource: serviceCidrs, user: APISERVER_USER, ref: REF };
  const existing = (await local.request({ ...request, verb: 'get' }).catch(notFound)) as ServiceCIDR | undefined;
  const object = existing ?? ((await create(local, cidr)) as ServiceCIDR);
  const isReady = object.status?.conditions?.some(({ type, status }) => type === READY.type && status !== 'Unknown');
  if (isReady || object.metadata.deletionTimestamp || object.spec?.cidrs?.join() !== cidr) return;
  const condition = { ...READY, lastTransitionTime: rfc3339(clock.now()) };
  const body = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { ...REF }, status: { conditions: [condition] } };
  await local.request({ ...request, verb: 'patch', body, options: { type: 'apply', force: true, fieldManager: MANAGER, subresource: 'status' } });
}

async function create(local: RequestRunner, cidr: string): Promise<unknown> {
  const body: ServiceCIDR = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { ...REF }, spec: { cidrs: cidr.split(',') } };
  return await local.request({ verb: 'create', resource: serviceCidrs, user: APISERVER_USER, body: body as KubeObject });
}

function notFound(error: unknown): undefined {
  if (!isStatus(error, 'NotFound')) throw error;
}
