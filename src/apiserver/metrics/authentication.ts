import type { UserInfo } from '#api/types/authentication-v1';
import type { Clock, Counter, Histogram, Metrics } from '#lib';
import type { Attributes, Credentials, Decision } from '../contract.ts';

type Authenticate = (credentials: Credentials) => Promise<UserInfo>;
type Authorize = (attributes: Attributes) => Decision | Promise<Decision>;

/** From one millisecond on, doubled. */
const SECONDS = Array.from({ length: 15 }, (_, i) => 2 ** i / 1000);
const HOUR = 3600;
const DAY = 24 * HOUR;
const LIFETIMES = [0, HOUR / 2, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 180 * DAY, 360 * DAY];
/** Who is shown by name; all others might be anybody. */
const KNOWN_USERS = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);
const RESULTS: Readonly<Record<Decision['decision'], string>> = { allow: 'allowed', deny: 'denied', 'no-opinion': 'no-opinion' };

/** Counts who was recognized and what was decided, by upstream's names. */
export class AuthenticationMetrics {
  readonly #clock: Clock;
  readonly #users: (username: string) => Counter;
  readonly #authentications: (result: string, startedMs: number) => void;
  readonly #authorizations: (result: string, startedMs: number) => void;
  readonly #decisions: (authorizer: string, decision: string) => Counter;
  readonly #lifetimes: Histogram;

  constructor(registry: Metrics, clock: Clock) {
    this.#clock = clock;
    const users = registry.counter('authenticated_user_requests', '[ALPHA] Requests whose user was recognized.', ['username']);
    this.#users = remembered((username) => users.labels(username));
    this.#authentications = this.#timed(registry, 'authentication_attempts', 'authentication_duration_seconds', 'Authentications');
    this.#authorizations = this.#timed(registry, 'authorization_attempts_total', 'authorization_duration_seconds', 'Authorizations');
    const decisions = registry.counter('apiserver_authorization_decisions_total', '[ALPHA] What authorizers decided.', ['decision', 'name', 'type']);
    this.#decisions = (authorizer, decision) => decisions.labels(decision, authorizer.toLowerCase(), authorizer);
    this.#lifetimes = registry
      .histogram(
        'apiserver_client_certificate_expiration_seconds',
        '[ALPHA] How long the client certificates of requests will be valid, in seconds.',
        LIFETIMES,
      )
      .labels();
  }

  /** The authenticator, measured. */
  measuredAuthenticate(authenticate: Authenticate): Authenticate {
    return async (credentials) => {
      const startedMs = this.#clock.monotonic();
      const { certificate } = credentials;
      if (certificate?.notAfterMs !== undefined) this.#lifetimes.observe((certificate.notAfterMs - this.#clock.now()) / 1000);
      try {
        const user = await authenticate(credentials);
        this.#authentications('success', startedMs);
        this.#users(compressed(user.username ?? '')).add();
        return user;
      } catch (error) {
        // Who showed nothing at all was not recognized; who showed something wrong is an error.
        this.#authentications(credentials.bearerToken === undefined && !certificate ? 'failure' : 'error', startedMs);
        throw error;
      }
    };
  }
  /** The authorizer, measured. */
  measuredAuthorize(authorize: Authorize): Authorize {
    return async (attributes) => {
      const startedMs = this.#clock.monotonic();
      try {
        const decision = await authorize(attributes);
        this.#authorizations(RESULTS[decision.decision], startedMs);
        return decision;
      } catch (error) {
        this.#authorizations('error', startedMs);
        throw error;
      }
    };
  }
  /** One authorizer gave a clear answer. */
  decided(authorizer: string, { decision }: Decision): void {
    this.#decisions(authorizer, RESULTS[decision]).add();
  }

  #timed(registry: Metrics, total: string, duration: string, what: string): (result: string, startedMs: number) => void {
    const totals = registry.counter(total, `[ALPHA] ${what} by result.`, ['result']);
    const durations = registry.histogram(duration, `[ALPHA] How long they took, in seconds: ${what} by result.`, SECONDS, ['result']);
    const childrenOf = remembered((result) => ({ total: totals.labels(result), duration: durations.labels(result) }));
    return (result, startedMs) => {
      const children = childrenOf(result);
      children.total.add();
      children.duration.observe((this.#clock.monotonic() - startedMs) / 1000);
    };
  }
}

/** Names that anybody may have are not shown, and do not grow what is shown. */
function compressed(username: string): string {
  if (KNOWN_USERS.has(username)) return username;
  return username.includes('@') ? 'email_id' : 'other';
}

function remembered<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    let found = known.get(key);
    if (!found) known.set(key, (found = make(key)));
    return found;
  };
}
