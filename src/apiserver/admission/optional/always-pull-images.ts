import { type FieldError, formatFieldError, notSupported } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { AdmissionPlugin, AdmissionRequest } from '../../contract.ts';
import { aggregateText, isFor, refuse } from '../refuse.ts';

const FIELDS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Makes nodes ask the registry every time, so that images stay private to who may pull them; follows plugin/pkg/admission/alwayspullimages. */
export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  admit(request) {
    if (!bringsImages(request)) return;
    const { spec } = request.object as Pod;
    for (const field of FIELDS) for (const container of spec[field] ?? []) container.imagePullPolicy = 'Always';
    for (const { image } of spec.volumes ?? []) if (image) image.pullPolicy = 'Always';
  },
  validate(request) {
    if (!bringsImages(request)) return;
    const { spec } = request.object as Pod;
    const errors: FieldError[] = FIELDS.flatMap((field) =>
      (spec[field] ?? []).flatMap(({ imagePullPolicy }, i) =>
        imagePullPolicy === 'Always' ? [] : [notSupported(`spec.${field}[${i}].imagePullPolicy`, imagePullPolicy ?? '', ['Always'])],
      ),
    );
    for (const [i, { image }] of (spec.volumes ?? []).entries()) {
      if (image && image.pullPolicy !== 'Always') errors.push(notSupported(`spec.volumes[${i}].image.pullPolicy`, image.pullPolicy ?? '', ['Always']));
    }
    if (errors.length > 0) throw refuse(request, aggregateText(errors.map(formatFieldError)));
  },
};

/** New Pods, and updates that name images which were not there before. */
function bringsImages(request: AdmissionRequest): boolean {
  const { operation, object, oldObject } = request;
  if (!isFor(request, 'pods') || !object) return false;
  if (operation !== 'UPDATE') return operation === 'CREATE';
  const before = new Set(imagesOf(oldObject as Pod));
  return imagesOf(object as Pod).some((image) => !before.has(image));
}
function imagesOf({ spec }: Pod): string[] {
  return FIELDS.flatMap((field) => (spec[field] ?? []).map(({ image }) => image ?? ''));
}
