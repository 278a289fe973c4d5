import type { Clock, Random } from '#lib';
import { type Authorization, createEscalationCheck } from '../authz/index.ts';
import type { AdmissionPlugin, ObjectReader } from '../contract.ts';
import { createDefaultIngressClass, createDefaultStorageClass } from './default-classes.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { createNamespaceLifecycle } from './namespace-lifecycle.ts';
import { createNodeRestriction } from './node-restriction.ts';
import { createPriority } from './priority.ts';
import { createRuntimeClassPlugin } from './runtime-class.ts';
import { createServiceAccountPlugin } from './service-account.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

export interface AdmissionOptions {
  readonly reader: ObjectReader;
  readonly authorization: Authorization;
  readonly clock: Clock;
  readonly random: Random;
}

/** The plugins in upstream's order (pkg/kubeapiserver/options/plugins.go): what adds things runs before what looks at the result. */
export function createAdmission({ reader, authorization, clock, random }: AdmissionOptions): readonly AdmissionPlugin[] {
  return [
    createEscalationGuard(authorization),
    createNamespaceLifecycle(reader),
    createServiceAccountPlugin({ reader, clock, random }),
    createNodeRestriction(reader),
    taintNodesByCondition,
    createPriority(reader),
    defaultTolerationSeconds,
    createDefaultStorageClass(reader),
    createRuntimeClassPlugin(reader),
    createDefaultIngressClass(reader),
  ];
}

/** Upstream checks escalation in the storage of roles and bindings, before any validating plugin; here it is the first of those. */
function createEscalationGuard(authorization: Authorization): AdmissionPlugin {
  const escalation = createEscalationCheck(authorization);
  return {
    name: 'RBACEscalation',
    async validate({ operation, resource, object, oldObject, user, subresource }) {
      if (!object || subresource || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
      await escalation.check(resource, object, oldObject, user);
    },
  };
}
