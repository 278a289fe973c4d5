import type { Service } from '#api/types/core-v1';
import { quantityOf } from '../machinery/quantity.ts';
import { oneOf } from './amounts.ts';
import type { QuotaEvaluator } from './evaluator.ts';

const RESOURCES = ['count/services', 'services', 'services.nodeports', 'services.loadbalancers'];

/** Services, their node ports and load balancers; follows pkg/quota/v1/evaluator/core/services.go. */
export const serviceEvaluator: QuotaEvaluator = {
  group: '',
  plural: 'services',
  // The type may change.
  handles: ({ operation, subresource }) => subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
  matchingResources: (names) => names.filter((name) => RESOURCES.includes(name)),
  usage(object) {
    const service = object as Service;
    const usage = oneOf('count/services', 'services');
    usage.set('services.loadbalancers', quantityOf(service.spec?.type === 'LoadBalancer' ? 1 : 0));
    usage.set('services.nodeports', quantityOf(nodePortCount(service)));
    return usage;
  },
};

/** The intent counts: ports are allocated later. */
function nodePortCount({ spec }: Service): number {
  const ports = spec?.ports ?? [];
  if (spec?.type === 'NodePort') return ports.length;
  if (spec?.type !== 'LoadBalancer') return 0;
  return spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort).length : ports.length;
}

/** Whether the change makes room or takes some. */
export function changesServiceUsage(service: Service, old: Service): boolean {
  const typeOf = ({ spec }: Service): string => (spec?.type === 'NodePort' || spec?.type === 'LoadBalancer' ? spec.type : '');
  return typeOf(service) !== typeOf(old);
}
