export { createPodNetwork, type PodNetwork, type PodNetworkOptions } from './overlay/pod-network.ts';
