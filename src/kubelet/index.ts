export type { CgroupDriver, ContainerdOptions, KubeletOptions } from './options.ts';
