import { allResources, apiServices, type KubeObject, namespaces, services } from '#api';
import { createLog, systemClock, systemRandom } from '#lib';
import { createAdmission } from './admission/index.ts';
import {
  createAuthentication,
  legacyClaims,
  createOpenIdDocuments,
  createServiceAccountTokens,
  createTokenRequests,
  createTokenReviews,
  LegacyTokenUse,
} from './authn/index.ts';
import { REQUEST_HEADER_DEFAULTS } from './authn/request-header.ts';
import { createAuthorization, createReviews } from './authz/index.ts';
import { ensureDefaultServiceCidr } from './bootstrap/default-service-cidr.ts';
import { bootstrapObjects } from './bootstrap/index.ts';
import { createChain } from './chain.ts';
import { Compactor } from './compactor.ts';
import type { DocumentHandler, ObjectReader } from './contract.ts';
import { createDiscovery } from './discovery/index.ts';
import { Extensions } from './extensions/extensions.ts';
import { LocalApiServices } from './extensions/local-api-services.ts';
import { createHealth, HEALTH_PATHS } from './endpoints/health.ts';
import { createLocalServer, type LocalServer } from './endpoints/local.ts';
import { createTunnels } from './endpoints/pod-streams.ts';
import { createResourceEndpoint } from './endpoints/resource-endpoint.ts';
import { createSpecialCreates } from './endpoints/special-creates.ts';
import { StartHooks } from './endpoints/start-hooks.ts';
import { FlowClassification } from './filters/flow-classification.ts';
import { Listener, type TlsFiles } from './listener/listener.ts';
import { createApiServerMetrics } from './metrics/index.ts';
import { createOpenApi } from './openapi/index.ts';
import type { ApiServerOptions } from './options.ts';
import { LeftoverExpiry } from './leftover-expiry.ts';
import { Resources } from './resources.ts';
import { DanglingCondition } from './registry/flow-schemas/dangling-condition.ts';
import type { Registry } from './registry/registry.ts';
import { IpAddressKeeper } from './registry/services/ip-address-keeper.ts';
import { KubernetesService } from './registry/services/kubernetes-service.ts';
import { writeQuotaStatus } from './registry/quota-status.ts';
import { ServiceAllocations } from './registry/services/service-hook.ts';
import { WriteHealth } from './registry/write-health.ts';
import { WatchCaches } from './watch-cache/watch-caches.ts';

/**
 * The API server: a Component with doors for the network and for the same process.
 *
 *   new --start()--> caches loaded, listening --stop()--> watches ended, requests finished, port closed
 *
 * The datastore belongs to the caller, who closes it after stop().
 */
export interface ApiServer {
  readonly name: 'apiserver';
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): string | undefined;
  /** The API without HTTP, for LocalClient. */
  readonly local: LocalServer;
  /** Reads the watch caches. */
  readonly reader: ObjectReader;
  /** The port listened on, once started. */
  readonly port: number;
  /** The token for a Secret of type service-account-token. */
  signLegacyToken(secret: KubeObject, account: KubeObject): string;
  /** New connections are served with these certificates. */
  reloadTls(files: TlsFiles): void;
}

/** As upstream's --etcd-compaction-interval. */
const COMPACTION_INTERVAL_MS = 300_000;

/** What is served beside discovery and health. */
const OTHER_PATHS = [
  '/.well-known/openid-configuration',
  '/metrics',
  '/metrics/slis',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/openid/v1/jwks',
  '/version',
];

/** Whom the server acts as by itself. */
const APISERVER = { username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

/** Makes an API server; nothing happens before `start()`. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { datastore, log = createLog('apiserver'), clock = systemClock, random = systemRandom, overrides = {} } = options;
  const caches = new WatchCaches({ datastore, definitions: allResources, clock, log });
  const metrics = createApiServerMetrics({
    clock,
    datastore,
    kindAt: (key) => caches.kindAt(key),
    caches: () => caches.all,
    apiServices: () => caches.list(apiServices),
  });
  const tokens = createServiceAccountTokens({ keys: options.serviceAccounts, reader: caches, clock, onLegacyUse: (secret) => legacyTokenUse.note(secret) });
  const authentication = createAuthentication({
    reader: caches,
    clock,
    tokens,
    staticTokens: options.staticTokens ?? [],
    isAnonymousAllowed: options.anonymousAuth ?? true,
  });
  const authorization = createAuthorization(caches, (authorizer, decision) => metrics.authentication.decided(authorizer, decision));
  const authorize = overrides.authorize ?? ((attributes) => authorization.authorize(attributes));
  const admission =
    overrides.admission ??
    createAdmission({
      observer: metrics.admission,
      ...options.admission,
      reader: caches,
      authorization,
      clock,
      random,
      updateQuota: (quota) => writeQuotaStatus(registry, quota),
      createNamespace: (name) => local.request({ verb: 'create', resource: namespaces, user: APISERVER, body: { metadata: { name } } }),
      isServed: (type) => caches.cacheOf(type) !== undefined,
      kinds: () => resources.list,
    });
  const nodePortRange = options.nodePortRange ?? { from: 30_000, to: 32_767 };
  const allocations = new ServiceAllocations({ serviceCidr: options.serviceCidr, nodePortRange, random });
  const writes = new WriteHealth(clock);
  const resources = new Resources();
  const registry: Registry = {
    datastore: metrics.datastore,
    writes,
    caches,
    resources,
    clock,
    random,
    log,
    admission,
    meters: { watch: metrics.watchMeter, requests: metrics.requests, readWaited: metrics.readWaited },
    hooks: new Map([['services/specs', allocations]]),
    componentProblem: options.componentProblem,
  };
  const tokenReviews = createTokenReviews(tokens, (token) => authentication.authenticateToken(token));
  const tokenRequests = createTokenRequests({ tokens, reader: caches, clock, random });
  const special = createSpecialCreates({
    registry,
    reader: caches,
    reviews: createReviews(authorization, clock),
    tokenReview: async (body) => (await tokenReviews.create(body)) as KubeObject,
    issueToken: (ref, body, warn) => tokenRequests.create(ref, body, warn) as KubeObject,
  });
  const tunnels = createTunnels({ registry, reader: caches, kubeletClient: options.kubeletClient });
  const hooks = new StartHooks();
  let isStopping = false;
  // The first handler that knows a path serves it.
  const documents: DocumentHandler[] = [
    createHealth({ writes, caches, hooks, isStopping: () => isStopping, observe: metrics.health }),
    createDiscovery({
      resources: () => resources.list,
      serverAddress: `${options.advertiseAddress ?? options.listen.address}:${options.listen.port}`,
      paths: [...OTHER_PATHS, ...HEALTH_PATHS],
    }),
    createOpenApi({ resources: () => resources.list }),
    createOpenIdDocuments(tokens),
    metrics,
  ];
  const handler = createChain({
    authenticate: overrides.authenticate ?? ((credentials) => authentication.authenticate(credentials)),
    authorize,
    flows: new FlowClassification(caches),
    resources: createResourceEndpoint({ registry, special, tunnels }),
    kinds: resources,
    documents,
    fallback: options.fallback,
    metrics,
    clock,
    log,
  });
  const onTlsError = (): void => metrics.requests.tlsHandshakeFailed();
  const listener = new Listener({ ...options.listen, tls: options.tls, handler, log, clock, onTlsError });
  const compactor = new Compactor({ datastore, intervalMs: options.compactionIntervalMs ?? COMPACTION_INTERVAL_MS, clock, log });
  const leftovers = new LeftoverExpiry({ datastore, caches, clock, log });
  const local = createLocalServer({ registry, special, authorize });
  const legacyTokenUse = new LegacyTokenUse({ local, clock, log });
  const extensions = new Extensions({ local, caches, resources, clock, log });
  const ipAddresses = new IpAddressKeeper({ local, reader: caches, addresses: allocations.addresses, log });
  allocations.addresses.book = ipAddresses;
  const localApiServices = new LocalApiServices({ local, reader: caches, resources, clock, log });
  const danglingCondition = new DanglingCondition({ local, reader: caches, clock, log });
  let keeper: KubernetesService | undefined;
  /** The addresses of Services, and the Service by which Pods find this server. */
  const startServices = async (): Promise<void> => {
    await ensureDefaultServiceCidr(local, options.serviceCidr, clock);
    await ipAddresses.start();
    // The port is known only once listening.
    const { advertiseAddress: ip, advertisePort: port = listener.port } = options;
    const endpoint = ip ? { ip, port } : undefined;
    keeper = new KubernetesService({ local, reader: caches, clock, log, clusterIp: allocations.addresses.firstAddress, endpoint });
    await keeper.start();
    hooks.done('services');
  };
  // Also what a start that failed had begun.
  const stop = async (): Promise<void> => {
    isStopping = true;
    compactor.stop();
    leftovers.stop();
    const closed = listener.close();
    await keeper?.stop();
    await ipAddresses.stop();
    await localApiServices.stop();
    await danglingCondition.stop();
    await extensions.stop();
    await caches.stop();
    await closed;
  };
  return {
    name: 'apiserver',
    async start() {
      await caches.start();
      hooks.done('caches');
      try {
        await extensions.start();
        hooks.done('extensions');
        allocations.repair(caches.list(services));
        await listener.listen();
        await bootstrapObjects(local, log, { ...options.tls, requestHeader: REQUEST_HEADER_DEFAULTS });
        hooks.done('objects');
        // Side by side: what they write shares commits.
        await Promise.all([
          startServices(),
          localApiServices.start().then(() => hooks.done('apiServices')),
          danglingCondition.start().then(() => hooks.done('flows')),
          legacyTokenUse.start().then(() => hooks.done('legacyTokens')),
        ]);
        compactor.start();
        leftovers.start();
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
    health: () => caches.problem,
    local,
    reader: caches,
    get port() {
      return listener.port;
    },
    signLegacyToken: ({ metadata: secret }, { metadata: { namespace = '', name = '', uid } }) =>
      tokens.sign(legacyClaims({ namespace, name, uid: uid ?? '' }, secret.name ?? '')),
    reloadTls: (files) => listener.reload(files),
  };
}
