import { allResources } from '#api';
import { createLog, systemClock, systemRandom } from '#lib';
import { createAuthentication, createServiceAccountTokens } from './authn/index.ts';
import { createAuthorization } from './authz/index.ts';
import { createChain } from './chain.ts';
import type { AdmissionPlugin, DocumentHandler, ObjectReader } from './contract.ts';
import { createLocalServer, type LocalServer } from './endpoints/local.ts';
import { createResourceEndpoint } from './endpoints/resource-endpoint.ts';
import { Listener, type TlsFiles } from './listener/listener.ts';
import type { ApiServerOptions } from './options.ts';
import type { Registry } from './registry/registry.ts';
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
  /** New connections are served with these certificates. */
  reloadTls(files: TlsFiles): void;
}

/** Makes an API server; nothing happens before `start()`. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { datastore, log = createLog('apiserver'), clock = systemClock, random = systemRandom, overrides = {} } = options;
  const caches = new WatchCaches({ datastore, definitions: allResources, clock, log });
  const tokens = createServiceAccountTokens({ keys: options.serviceAccounts, reader: caches, clock });
  const authentication = createAuthentication({ reader: caches, clock, tokens, staticTokens: options.staticTokens ?? [] });
  const authorization = createAuthorization(caches);
  const authorize = overrides.authorize ?? ((attributes) => authorization.authorize(attributes));
  // Admission plugins in upstream's order.
  const admission: readonly AdmissionPlugin[] = overrides.admission ?? [];
  const registry: Registry = { datastore, caches, clock, random, log, admission, hooks: new Map() };
  // The first handler that knows a path serves it.
  const documents: DocumentHandler[] = [];
  const handler = createChain({
    authenticate: overrides.authenticate ?? ((credentials) => authentication.authenticate(credentials)),
    authorize,
    resources: createResourceEndpoint(registry),
    documents,
    fallback: options.fallback,
    clock,
    log,
  });
  const listener = new Listener({ ...options.listen, tls: options.tls, handler, log });
  return {
    name: 'apiserver',
    async start() {
      await caches.start();
      try {
        await listener.listen();
      } catch (error) {
        await caches.stop();
        throw error;
      }
    },
    async stop() {
      const closed = listener.close();
      await caches.stop();
      await closed;
    },
    health: () => caches.problem,
    local: createLocalServer({ registry, authorize }),
    reader: caches,
    get port() {
      return listener.port;
    },
    reloadTls: (files) => listener.reload(files),
  };
}
