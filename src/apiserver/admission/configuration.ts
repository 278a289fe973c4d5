import { lookupTable } from '#lib';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseYaml } from '#lib/yaml';
import type { TolerationSeconds } from './default-toleration-seconds.ts';
import type { EventLimit } from './optional/event-rate-limit.ts';
import type { PodNodeSelectorOptions } from './optional/pod-node-selector.ts';
import type { PodTolerationRestrictionOptions } from './optional/pod-toleration-restriction.ts';
import type { PodSecurityOptions } from './pod-security/pod-security.ts';
import { type LevelVersion, parseLevel, parseVersion, type Policy } from './pod-security/policy.ts';

/** What the plugins' configurations say. */
export interface AdmissionConfiguration {
  readonly podSecurity?: PodSecurityOptions | undefined;
  readonly eventLimits?: readonly EventLimit[] | undefined;
  readonly podNodeSelector?: PodNodeSelectorOptions | undefined;
  readonly podTolerationRestriction?: PodTolerationRestrictionOptions | undefined;
  /** Of arguments of their own, not of the file. */
  readonly tolerationSeconds?: TolerationSeconds | undefined;
}

interface PluginConfig {
  readonly name?: string;
  readonly path?: string;
  readonly configuration?: unknown;
}

/** Reads an AdmissionConfiguration (apiserver.config.k8s.io/v1) and the files it names; throws an Error that says what is wrong with it. */
export function parseAdmissionConfiguration(file: string): AdmissionConfiguration {
  const { kind, plugins = [] } = readDocument(file) as { kind?: string; plugins?: readonly PluginConfig[] };
  if (kind !== 'AdmissionConfiguration') throw new Error(`Cannot use admission configuration "${file}": its kind is not AdmissionConfiguration`);
  let configuration: AdmissionConfiguration = {};
  for (const { name = '', path, configuration: inline } of plugins) {
    const own = inline ?? (path ? readDocument(resolve(dirname(file), path)) : undefined);
    if (own) configuration = { ...configuration, ...READERS[name]?.(own as never) };
  }
  return configuration;
}

function readDocument(file: string): unknown {
  try {
    return parseYaml(readFileSync(file, 'utf8')) ?? {};
  } catch (cause) {
    throw new Error(`Cannot read admission configuration "${file}": ${(cause as Error).message}`, { cause });
  }
}

interface PodSecurityDocument {
  readonly defaults?: Readonly<Record<string, string>>;
  readonly exemptions?: PodSecurityOptions['exemptions'];
}

const READERS = lookupTable<(document: never) => AdmissionConfiguration>({
  PodSecurity: ({ defaults = {}, exemptions }: PodSecurityDocument) => ({ podSecurity: { defaults: policyFrom(defaults), exemptions } }),
  EventRateLimit: ({ limits }: { limits?: readonly EventLimit[] }) => ({ eventLimits: limits }),
  PodNodeSelector: ({ podNodeSelectorPluginConfig }: { podNodeSelectorPluginConfig?: PodNodeSelectorOptions }) => ({
    podNodeSelector: podNodeSelectorPluginConfig,
  }),
  PodTolerationRestriction: (podTolerationRestriction: PodTolerationRestrictionOptions) => ({ podTolerationRestriction }),
});

function policyFrom(defaults: Readonly<Record<string, string>>): Policy {
  const of = (mode: string): LevelVersion => {
    const [level, version] = [parseLevel(defaults[mode] ?? 'privileged'), parseVersion(defaults[`${mode}-version`] ?? 'latest')];
    if (!level) throw new Error(`Cannot use PodSecurity configuration: defaults.${mode} "${defaults[mode]}" is none of privileged, baseline, restricted`);
    if (version === undefined) {
      throw new Error(`Cannot use PodSecurity configuration: defaults.${mode}-version "${defaults[`${mode}-version`]}" is neither latest nor v1.x`);
    }
    return { level, version };
  };
  return { enforce: of('enforce'), audit: of('audit'), warn: of('warn') };
}
