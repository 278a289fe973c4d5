import type { Check, CheckPod } from '../check.ts';

const OF_1_0 = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
];
const OF_1_27 = [...OF_1_0, 'net.ipv4.ip_local_reserved_ports'];
const OF_1_29 = [...OF_1_27, 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes'];
const OF_1_32 = [...OF_1_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

function sysctlsAre(allowed: readonly string[]): CheckPod {
  return ({ spec }) => {
    const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.includes(name));
    return bad.length > 0 ? { reason: 'forbidden sysctls', detail: bad.join(', ') } : undefined;
  };
}

/** Only kernel parameters that a Pod has for itself. */
export const sysctls: Check = {
  id: 'sysctls',
  level: 'baseline',
  versions: [
    { since: 0, check: sysctlsAre(OF_1_0) },
    { since: 27, check: sysctlsAre(OF_1_27) },
    { since: 29, check: sysctlsAre(OF_1_29) },
    { since: 32, check: sysctlsAre(OF_1_32) },
  ],
};
