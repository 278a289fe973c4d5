import { createServer, type Server } from 'node:http';
import type { Log } from '#lib';
import type { HealthCheck } from './plan.ts';

interface Running {
  check: HealthCheck;
  readonly server: Server;
}

/**
 * Answers load balancers on each Service's healthCheckNodePort: 200 when this node has endpoints of it, 503 when not.
 * Follows k8s.io/kubernetes pkg/proxy/healthcheck/service_health.go.
 */
export class HealthCheckServers {
  readonly #running = new Map<string, Running>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** What the Service `key` wants now; undefined: no health check. */
  set(key: string, check: HealthCheck | undefined): void {
    const running = this.#running.get(key);
    if (running && running.check.port === check?.port) {
      running.check = check;
      return;
    }
    running?.server.close();
    running?.server.closeAllConnections();
    this.#running.delete(key);
    if (check) this.#running.set(key, { check, server: this.#listen(key, check) });
  }

  async close(): Promise<void> {
    const servers = [...this.#running.values()].map(({ server }) => server);
    this.#running.clear();
    await Promise.all(
      servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  #listen(key: string, { port }: HealthCheck): Server {
    const server = createServer((_, response) => {
      const check = this.#running.get(key)?.check;
      const localEndpoints = check?.localEndpoints ?? 0;
      const body = { service: { namespace: check?.namespace, name: check?.name }, localEndpoints, serviceProxyHealthy: true };
      response.writeHead(localEndpoints > 0 ? 200 : 503, {
        'Content-Type': 'application/json',
        'X-Content-Type-Options': 'nosniff',
        'X-Load-Balancing-Endpoint-Weight': String(localEndpoints),
      });
      response.end(JSON.stringify(body));
    });
    server.on('error', (error) => this.#log.error('Cannot answer health checks of a service', { service: key, port, err: error }));
    server.listen(port);
    server.unref();
    return server;
  }
}
