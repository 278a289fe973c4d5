import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { defineCommand } from '../command.ts';

/** One line of the report. `missing` things that are `required` make the command fail. */
export interface Check {
  readonly what: string;
  readonly state: 'ok' | 'missing';
  readonly required: boolean;
  /** What to do about it. */
  readonly cure?: string;
}

const PROGRAMS: readonly { name: string; debianPackage: string; required: boolean; elsewhere?: readonly string[] }[] = [
  { name: 'containerd', debianPackage: 'containerd', required: true },
  { name: 'containerd-shim-runc-v2', debianPackage: 'containerd', required: true },
  { name: 'runc', debianPackage: 'runc', required: true },
  { name: 'nft', debianPackage: 'nftables', required: true },
  { name: 'ip', debianPackage: 'iproute2', required: true },
  { name: 'mount', debianPackage: 'mount', required: true },
  {
    name: 'bridge',
    debianPackage: 'containernetworking-plugins',
    required: true,
    elsewhere: ['/opt/cni/bin/bridge', '/usr/lib/cni/bridge', '/usr/libexec/cni/bridge'],
  },
  { name: 'conntrack', debianPackage: 'conntrack', required: false },
  { name: 'kubectl', debianPackage: 'kubernetes-client', required: false },
];
const KERNEL_OPTIONS: readonly { option: string; required: boolean }[] = [
  ...[
    'NAMESPACES',
    'NET_NS',
    'PID_NS',
    'IPC_NS',
    'UTS_NS',
    'CGROUPS',
    'CGROUP_PIDS',
    'CGROUP_SCHED',
    'CPUSETS',
    'MEMCG',
    'VETH',
    'BRIDGE',
    'NF_TABLES',
    'NF_NAT',
    'NFT_NAT',
    'NFT_MASQ',
    'NF_CONNTRACK',
    'OVERLAY_FS',
    'POSIX_MQUEUE',
  ].map((option) => ({ option, required: true })),
  ...['VXLAN', 'BRIDGE_NETFILTER', 'NFT_NUMGEN', 'NFT_REJECT', 'CFS_BANDWIDTH', 'SECCOMP', 'NF_CT_NETLINK'].map((option) => ({ option, required: false })),
];

/** Looks at this host: programs, cgroups, kernel. */
export function checkHost(env: Readonly<Record<string, string | undefined>>): Check[] {
  return [...programChecks(env), ...cgroupChecks(), ...kernelChecks(), ...sysctlChecks()];
}

function programChecks(env: Readonly<Record<string, string | undefined>>): Check[] {
  const folders = [...(env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean);
  return PROGRAMS.map(({ name, debianPackage, required, elsewhere }) => {
    const candidates = elsewhere ?? folders.map((folder) => `${folder}/${name}`);
    const found = candidates.some(isExecutable);
    return { what: `program ${name}`, state: found ? 'ok' : 'missing', required, cure: `install the Debian package ${debianPackage}` };
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function cgroupChecks(): Check[] {
  const isUnified = existsSync('/sys/fs/cgroup/cgroup.controllers');
  const controllers = isUnified ? readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').split(/\s+/) : v1Controllers();
  const wanted = [
    ['cpu', true],
    ['cpuset', true],
    ['memory', true],
    ['pids', true],
    ...(isUnified
      ? []
      : [
          ['devices', true],
          ['freezer', true],
        ]),
  ] as [string, boolean][];
  const version: Check = {
    what: `cgroups ${isUnified ? 'v2' : 'v1'}`,
    state: isUnified || controllers.length > 0 ? 'ok' : 'missing',
    required: true,
    cure: 'mount cgroups at /sys/fs/cgroup',
  };
  return [
    version,
    ...wanted.map(
      ([name, required]): Check => ({
        what: `cgroup controller ${name}`,
        state: controllers.includes(name) ? 'ok' : 'missing',
        required,
        cure: `enable it on the kernel command line (cgroup_enable=${name})`,
      }),
    ),
  ];
}

function v1Controllers(): string[] {
  const rows = readText('/proc/cgroups')?.split('\n').slice(1) ?? [];
  return rows
    .map((row) => row.split('\t'))
    .filter((fields) => fields[3] === '1' && existsSync(`/sys/fs/cgroup/${fields[0]}`))
    .map((fields) => fields[0] ?? '');
}

function kernelChecks(): Check[] {
  const config = kernelConfig();
  if (config === undefined)
    return [{ what: 'kernel configuration (not readable on this host: kernel options were not checked)', state: 'ok', required: false }];
  return KERNEL_OPTIONS.map(({ option, required }) => ({
    what: `CONFIG_${option}`,
    state: new RegExp(`^CONFIG_${option}=[ym]$`, 'm').test(config) ? 'ok' : 'missing',
    required,
    cure: 'use a kernel built with it',
  }));
}

function kernelConfig(): string | undefined {
  try {
    if (existsSync('/proc/config.gz')) return gunzipSync(readFileSync('/proc/config.gz')).toString();
  } catch {
    // Some sandboxes show the file and refuse to read it; the others may still be there.
  }
  const release = readText('/proc/sys/kernel/osrelease')?.trim() ?? '';
  return readText(`/boot/config-${release}`) ?? readText(`/lib/modules/${release}/build/.config`);
}

function sysctlChecks(): Check[] {
  const keys = Number(readText('/proc/sys/kernel/keys/root_maxkeys') ?? 1_000_000);
  return [
    {
      what: 'sysctl kernel.keys.root_maxkeys >= 10000',
      state: keys >= 10_000 ? 'ok' : 'missing',
      required: false,
      cure: 'sysctl -w kernel.keys.root_maxkeys=1000000',
    },
  ];
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The report as people read it, and how many required things are missing. */
export function renderChecks(checks: readonly Check[]): { text: string; failures: number } {
  const lines = checks.map((check) => {
    const note = check.state === 'ok' ? '' : check.required ? ` (fail): ${check.cure}` : ` (optional): ${check.cure}`;
    return `- ${check.what}: ${check.state === 'ok' ? 'good' : 'missing'}${note}`;
  });
  const failures = checks.filter((check) => check.state === 'missing' && check.required).length;
  const status = failures === 0 ? 'STATUS: pass' : `STATUS: ${failures} (fail)`;
  return { text: `${lines.join('\n')}\n\n${status}\n`, failures };
}

/** `k3ts check-config`: says what this host lacks; exit code 1 when something required is missing. */
export const checkConfig = defineCommand({
  name: 'check-config',
  summary: 'Run config check',
  usage: '',
  flags: {},
  run({ env, print }) {
    const { text, failures } = renderChecks(checkHost(env));
    print(text);
    return Promise.resolve(failures === 0 ? 0 : 1);
  },
});
