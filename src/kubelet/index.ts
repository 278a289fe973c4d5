export { type Containerd, createContainerd } from './containerd/containerd.ts';
export { createKubelet, type Kubelet } from './kubelet.ts';
export type { CgroupDriver, ContainerdOptions, KubeletOptions } from './options.ts';
