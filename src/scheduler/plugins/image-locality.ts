import type { Pod } from '#api/types/core-v1';
import { definePlugin, MAX_NODE_SCORE, type Snapshot } from '../framework.ts';

const MEGABYTE = 1024 * 1024;
const MIN_BYTES = 23 * MEGABYTE;
const MAX_BYTES_PER_CONTAINER = 1000 * MEGABYTE;

/** Prefers nodes that have the pod's images, the more so the larger they are and the more nodes have them. */
export const imageLocality = definePlugin<Snapshot>({
  name: 'ImageLocality',
  wokenBy: [],
  weight: 1,
  preScore(_pod, _nodes, snapshot) {
    return { state: snapshot };
  },
  score({ pod }, node, snapshot) {
    const images = imagesOf(pod);
    let bytes = 0;
    for (const image of images) {
      const size = node.images.get(image);
      // An image on a single node must not draw every pod there.
      if (size !== undefined) bytes += Math.trunc((size * snapshot.nodesWithImage(image)) / snapshot.nodes.length);
    }
    const max = MAX_BYTES_PER_CONTAINER * images.length;
    const clipped = Math.min(Math.max(bytes, MIN_BYTES), max);
    return max === MIN_BYTES ? 0 : Math.trunc((MAX_NODE_SCORE * (clipped - MIN_BYTES)) / (max - MIN_BYTES));
  },
});

function imagesOf(pod: Pod): string[] {
  const images = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map((container) => normalized(container.image ?? ''));
  return [...images, ...(pod.spec?.volumes ?? []).flatMap((volume) => (volume.image?.reference ? [normalized(volume.image.reference)] : []))];
}

/** Nodes report names with a tag; an image without one means `latest`. */
function normalized(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}
