/** The ways in which the server is attacked. */
import type { Attack } from './attack.ts';
import { bodies, protobuf, yaml } from './bodies.ts';
import { customResources } from './custom-resources.ts';
import { frames } from './frames.ts';
import { patches } from './patches.ts';
import { reads } from './reads.ts';

export { NAMESPACE } from './objects.ts';

export const attacks: readonly Attack[] = [bodies, patches, reads, protobuf, yaml, customResources, frames];
