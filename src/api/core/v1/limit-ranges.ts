import type { LimitRange, LimitRangeItem } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { defaultResourceList } from './resource-list.ts';
import { validateLimitRange } from './limit-range-validation.ts';
import { defaultColumns } from '../../printing/columns.ts';

/** The definition of LimitRange. */
export const limitRanges: ResourceDefinition<LimitRange> = defineResource<LimitRange>({
  group: '',
  version: 'v1',
  plural: 'limitranges',
  singular: 'limitrange',
  kind: 'LimitRange',
  listKind: 'LimitRangeList',
  namespaced: true,
  shortNames: ['limits'],
  verbs: ALL_VERBS,
  storage: 'limitranges',
  schema: { groupVersion: 'core/v1', struct: 'LimitRange' },
  createsOnUpdate: true,
  validate: validateLimitRange,
  revalidatesMetadata: true,
  ignoresMetadataChanges: true,
  columns: [...defaultColumns],
  defaults: ({ spec }) => {
    for (const item of spec?.limits ?? []) {
      if (item.type === 'Container') defaultContainerLimits(item);
      const { max, min, default: limits, defaultRequest, maxLimitRequestRatio } = item;
      for (const list of [max, min, limits, defaultRequest, maxLimitRequestRatio]) if (list) defaultResourceList(list);
    }
  },
});

/** What is not said follows from what is: default from max; defaultRequest from default, then from min. */
function defaultContainerLimits(item: LimitRangeItem): void {
  item.default = { ...item.max, ...item.default };
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
}
