import type { CgroupDriver } from '../options.ts';
import type { Registries } from './registries.ts';

/** Everything that decides containerd's config.toml. */
export interface ContainerdSettings {
  /** 2 for containerd 1.x, 3 for 2.x. */
  readonly version: 2 | 3;
  readonly rootDir: string;
  readonly stateDir: string;
  readonly socketPath: string;
  readonly optDir: string;
  readonly certsDir: string;
  readonly cniBinDir: string;
  readonly cniConfDir: string;
  readonly snapshotter: string;
  readonly sandboxImage: string;
  readonly cgroupDriver: CgroupDriver;
  readonly defaultRuntime: string;
  /** Whether containerd may lower oom_score_adj; without CAP_SYS_RESOURCE (a nested machine) runc would fail. */
  readonly mayLowerOomScore: boolean;
  /** OCI runtimes found on this machine: name → program. */
  readonly runtimes: Readonly<Record<string, string>>;
  readonly registries: Registries;
}

// Snapshotters that probe the kernel or disks at start although nobody uses them.
const OPTIONAL_SNAPSHOTTERS = ['aufs', 'btrfs', 'devmapper', 'zfs'];

/** containerd's configuration; the same settings always give the same text. */
export function renderConfig(settings: ContainerdSettings): string {
  const disabled = OPTIONAL_SNAPSHOTTERS.filter((name) => name !== settings.snapshotter).map((name) => `io.containerd.snapshotter.v1.${name}`);
  return toml([
    ['', { version: settings.version, root: settings.rootDir, state: settings.stateDir, disabled_plugins: disabled }],
    ['grpc', { address: settings.socketPath }],
    ['plugins."io.containerd.internal.v1.opt"', { path: settings.optDir }],
    ...(settings.version === 2 ? sectionsV2(settings) : sectionsV3(settings)),
  ]);
}

type Value = string | number | boolean | readonly string[];
type Section = readonly [name: string, values: Readonly<Record<string, Value>>];

function sectionsV2(settings: ContainerdSettings): Section[] {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return [
    [cri, { ...STREAMING, ...runtimeSettings(settings), sandbox_image: settings.sandboxImage }],
    [`${cri}.cni`, { bin_dir: settings.cniBinDir, conf_dir: settings.cniConfDir }],
    [`${cri}.containerd`, { snapshotter: settings.snapshotter, disable_snapshot_annotations: true, default_runtime_name: settings.defaultRuntime }],
    ...runtimeSections(`${cri}.containerd`, settings),
    [`${cri}.registry`, { config_path: settings.certsDir }],
    ...authSections(`${cri}.registry`, settings.registries),
  ];
}

function sectionsV3(settings: ContainerdSettings): Section[] {
  const runtime = 'plugins."io.containerd.cri.v1.runtime"';
  const images = 'plugins."io.containerd.cri.v1.images"';
  return [
    ['plugins."io.containerd.grpc.v1.cri"', STREAMING],
    [runtime, runtimeSettings(settings)],
    [`${runtime}.cni`, { bin_dir: settings.cniBinDir, conf_dir: settings.cniConfDir }],
    [`${runtime}.containerd`, { default_runtime_name: settings.defaultRuntime }],
    ...runtimeSections(`${runtime}.containerd`, settings),
    [images, { snapshotter: settings.snapshotter, disable_snapshot_annotations: true }],
    [`${images}.pinned_images`, { sandbox: settings.sandboxImage }],
    [`${images}.registry`, { config_path: settings.certsDir }],
    ...authSections(`${images}.registry`, settings.registries),
  ];
}

// Exec and attach streams go through the kubelet, on loopback and any free port.
const STREAMING = { stream_server_address: '127.0.0.1', stream_server_port: '0' };

function runtimeSettings(settings: ContainerdSettings): Record<string, Value> {
  return { enable_unprivileged_ports: true, enable_unprivileged_icmp: true, restrict_oom_score_adj: !settings.mayLowerOomScore };
}

function runtimeSections(prefix: string, settings: ContainerdSettings): Section[] {
  return Object.entries(settings.runtimes).flatMap(([name, program]): Section[] => {
    const section = `${prefix}.runtimes.${JSON.stringify(name)}`;
    return [
      [section, { runtime_type: 'io.containerd.runc.v2' }],
      [`${section}.options`, { BinaryName: program, SystemdCgroup: settings.cgroupDriver === 'systemd' }],
    ];
  });
}

function authSections(prefix: string, registries: Registries): Section[] {
  return Object.entries(registries.configs ?? {}).flatMap(([host, { auth }]): Section[] => {
    if (!auth) return [];
    const values: Record<string, Value> = {};
    if (auth.username) values['username'] = auth.username;
    if (auth.password) values['password'] = auth.password;
    if (auth.auth) values['auth'] = auth.auth;
    const token = auth.identity_token ?? auth.token;
    if (token) values['identitytoken'] = token;
    return [[`${prefix}.configs.${JSON.stringify(host)}.auth`, values]];
  });
}

function toml(sections: readonly Section[]): string {
  const text = sections.map(([name, values]) => {
    const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return (name ? [`[${name}]`, ...lines] : lines).join('\n');
  });
  return `# Written by k3ts at every start. Extend it through config.toml.tmpl (containerd 1.x) or config-v3.toml.tmpl (2.x) in this folder.\n${text.join('\n\n')}\n`;
}

/**
 * A user's template with the generated configuration put where it says `{{ template "base" . }}`, as in k3s.
 * Throws for other template actions, which need Go's template language.
 */
export function applyTemplate(template: string, base: string, path: string): string {
  const text = template.replaceAll(/\{\{-?\s*template "base" \.\s*-?\}\}/g, () => base);
  const action = /\{\{[^}]*\}\}/.exec(text.replace(base, ''));
  if (action) throw new Error(`Cannot use template "${path}": only {{ template "base" . }} is supported, not ${action[0]}`);
  return text;
}
