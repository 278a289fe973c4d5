import type { Service } from '#api/types/core-v1';
import type { AdmissionPlugin } from '../../contract.ts';
import { isFor, refuse } from '../refuse.ts';

/** Nobody may take addresses for a Service by naming them; those that are there may stay. Follows plugin/pkg/admission/network/denyserviceexternalips. */
export const denyServiceExternalIps: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  validate(request) {
    if (!isFor(request, 'services') || (request.operation !== 'CREATE' && request.operation !== 'UPDATE')) return;
    const known = new Set((request.oldObject as Service | undefined)?.spec?.externalIPs);
    const added = (request.object as Service).spec?.externalIPs?.some((ip) => !known.has(ip));
    if (added) throw refuse(request, 'Use of external IPs is denied by admission control');
  },
};
