export { createPodNetwork, type PodNetwork, type PodNetworkOptions } from './overlay/pod-network.ts';
export { createServiceProxy, type ServiceProxy, type ServiceProxyOptions } from './services/service-proxy.ts';
export { createDns, type Dns, type DnsOptions } from './dns/dns-server.ts';
