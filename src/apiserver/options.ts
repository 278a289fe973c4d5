import type { Datastore } from '#datastore';
import type { Clock, Log, Random } from '#lib';
import type { UserInfo } from '#api/types/authentication-v1';
import type { AdmissionOptions } from './admission/index.ts';
import type { AdmissionPlugin, Attributes, Credentials, Decision } from './contract.ts';
import type { TlsFiles } from './listener/listener.ts';
import type { HttpAnswer, HttpRequest } from './listener/http-message.ts';

/** What an API server is made of. */
export interface ApiServerOptions {
  readonly datastore: Datastore;
  readonly listen: { readonly address: string /** 0: any free one. */; readonly port: number };
  readonly tls: TlsFiles;
  readonly serviceAccounts: {
    readonly issuer: string;
    readonly audiences: readonly string[];
    readonly signingKeyPem: string;
    readonly verifyKeysPem: readonly string[];
  };
  readonly staticTokens?: readonly StaticToken[];
  /** Whether requests without credentials are `system:anonymous`; otherwise they are refused with 401. Default true. */
  readonly anonymousAuth?: boolean | undefined;
  /** Service addresses come from here; `10.43.0.0/16`. */
  readonly serviceCidr: string;
  readonly nodePortRange?: { readonly from: number; readonly to: number } | undefined;
  /** Where the `kubernetes` Service leads; absent: that Service has no endpoints. */
  readonly advertiseAddress?: string | undefined;
  /** The port it leads to there; default: the one listened on. */
  readonly advertisePort?: number | undefined;
  /** How often old history is let go; 0: never. Default: five minutes. */
  readonly compactionIntervalMs?: number | undefined;
  /** How kubelets are spoken to; absent: logs, exec and the like are refused. */
  readonly kubeletClient?: { readonly certPem: string; readonly keyPem: string; readonly caPem: string } | undefined;
  /** Serves the supervisor's own paths, before authentication; undefined: not mine. */
  readonly fallback?: ((request: HttpRequest) => Promise<HttpAnswer> | undefined) | undefined;
  /** Which admission plugins run, and how they are configured; default: as k3s runs them. */
  readonly admission?: Pick<AdmissionOptions, 'selection' | 'configuration' | 'observer'> | undefined;
  /** What is wrong with a part of the control plane beside this server, for ComponentStatuses; undefined: nothing. */
  readonly componentProblem?: ((name: 'controller-manager' | 'scheduler') => string | undefined) | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Replaces parts, for tests of single ones. */
  readonly overrides?: {
    readonly authenticate?: (credentials: Credentials) => Promise<UserInfo>;
    readonly authorize?: (attributes: Attributes) => Decision | Promise<Decision>;
    readonly admission?: readonly AdmissionPlugin[];
  };
}
export interface StaticToken {
  readonly token: string;
  readonly user: UserInfo;
}
