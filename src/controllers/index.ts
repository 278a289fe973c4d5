import type { Client } from '#client';
import { type Clock, createLog, type Log, type Random, systemClock, systemRandom } from '#lib';
import { clusterRoleAggregationController } from './clusterroleaggregation/controller.ts';
import type { Controller } from './controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { endpointController } from './endpoint/controller.ts';
import { endpointSliceController } from './endpointslice/controller.ts';
import { endpointSliceMirroringController } from './endpointslicemirroring/controller.ts';
import { garbageCollectorController } from './garbage-collector/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeIpamController } from './node-ipam/controller.ts';
import { nodeLifecycleController } from './node-lifecycle/controller.ts';
import { podGcController } from './pod-gc/controller.ts';
import { pvProtectionController } from './pvprotection/controller.ts';
import { pvcProtectionController } from './pvcprotection/controller.ts';
import { replicaSetController } from './replicaset/controller.ts';
import { resourceQuotaController } from './resourcequota/controller.ts';
import { rootCaPublisherController } from './root-ca-publisher/controller.ts';
import { type Pass, Runner } from './runner.ts';
import { serviceAccountController } from './serviceaccount/controller.ts';
import { type IssueLegacyToken, serviceAccountTokenController } from './serviceaccount-token/controller.ts';
import { taintEvictionController } from './taint-eviction/controller.ts';
import { ttlController } from './ttl/controller.ts';
import { vacProtectionController } from './vacprotection/controller.ts';

export type { Pass } from './runner.ts';
export type { IssueLegacyToken } from './serviceaccount-token/controller.ts';

/** What the controllers act through, and what they hand out. */
export interface ControllersOptions {
  /** A client that acts as `system:serviceaccount:kube-system:<name>`. */
  clientFor(name: string): Client;
  /**
   * Reads all kinds for the shared caches and fills token Secrets, as upstream's controller manager does under its own name
   * (`system:kube-controller-manager`). Default: the garbage collector's account, which may do both.
   */
  readonly ownClient?: Client | undefined;
  /** Published in every namespace as kube-root-ca.crt. */
  readonly rootCaPem: string;
  /** Nodes get their Pod CIDRs from here; one, or two of different families: `10.42.0.0/16,fd42::/56`. '' leaves nodes without. */
  readonly clusterCidr: string;
  /** Default 24; for IPv6 `nodeCidrMaskSizeIpv6`, default 64. */
  readonly nodeCidrMaskSize?: number | undefined;
  readonly nodeCidrMaskSizeIpv6?: number | undefined;
  /** Kept out of what nodes get. */
  readonly serviceCidr?: string | undefined;
  /** Signs tokens for Secrets of type kubernetes.io/service-account-token; without it they stay empty. */
  readonly issueLegacyToken?: IssueLegacyToken | undefined;
  /** Ended Pods to keep; default 12500. */
  readonly terminatedPodThreshold?: number | undefined;
  /** Told of every pass, for metrics. */
  readonly onPass?: ((pass: Pass) => void) | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** All controllers as one part of the program: a Component by shape. */
export interface Controllers {
  readonly name: string;
  /** Resolves when all caches have synced and the controllers work. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Nothing waits, nothing runs, nothing is to be tried again. */
  readonly isIdle: boolean;
}

/** Makes the controllers; nothing happens before `start()`. Throws an Error when the cluster CIDR cannot be divided as asked. */
export function createControllers(options: ControllersOptions): Controllers {
  const { log = createLog('controllers'), clock = systemClock, random = systemRandom } = options;
  const informerClient = options.ownClient ?? options.clientFor('generic-garbage-collector');
  const controllers = allControllers(options);
  const clientFor = (account: string): Client => (account === OWN ? informerClient : options.clientFor(account));
  const create = (): Runner => new Runner(controllers, { clientFor, informerClient, log, clock, random, onPass: options.onPass });
  let runner: Runner | undefined;
  return {
    name: 'controllers',
    async start() {
      runner = create();
      try {
        await runner.start();
      } catch (error) {
        await runner.stop();
        throw error;
      }
    },
    async stop() {
      await runner?.stop();
    },
    get isIdle() {
      return runner?.isIdle ?? true;
    },
  };
}

// The account of the token controller: upstream's acts as the controller manager itself.
const OWN = 'tokens-controller';

/** In the order in which a new cluster needs them: what lets Pods be admitted comes first, what cleans up comes last. */
function allControllers(options: ControllersOptions): Controller[] {
  const { rootCaPem, issueLegacyToken, clusterCidr } = options;
  const ipam = {
    clusterCidr,
    maskSizeIpv4: options.nodeCidrMaskSize ?? 24,
    maskSizeIpv6: options.nodeCidrMaskSizeIpv6 ?? 64,
    serviceCidr: options.serviceCidr ?? '',
  };
  return [
    clusterRoleAggregationController,
    serviceAccountController,
    rootCaPublisherController(rootCaPem),
    ...(issueLegacyToken ? [serviceAccountTokenController(rootCaPem, issueLegacyToken)] : []),
    ...(clusterCidr ? [nodeIpamController(ipam)] : []),
    nodeLifecycleController,
    taintEvictionController,
    ttlController,
    resourceQuotaController,
    deploymentController,
    replicaSetController,
    endpointSliceController,
    endpointSliceMirroringController,
    endpointController,
    pvcProtectionController,
    pvProtectionController,
    vacProtectionController,
    namespaceController,
    garbageCollectorController,
    podGcController(options.terminatedPodThreshold ?? 12_500),
  ];
}
