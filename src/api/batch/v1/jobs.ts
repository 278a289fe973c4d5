import type { Job } from '#api/types/batch-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, containerColumns, nameColumn, since, wideColumn } from '../../printing/columns.ts';
import { formatSelector } from '../../workload/scale.ts';
import { defaultPodTemplate } from '../../core/v1/pod/defaults.ts';
import { defaultFailurePolicy } from './failure-policy.ts';
import { prepareTemplate, workloadWarnings } from '../../workload/templates.ts';
import { validateJobStatus } from './job-status-validation.ts';
import { validateJob, validateJobUpdate } from './job-validation.ts';

/** The definition of Job. */
export const jobs: ResourceDefinition<Job> = defineResource<Job>({
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  singular: 'job',
  kind: 'Job',
  listKind: 'JobList',
  namespaced: true,
  categories: ['all'],
  verbs: ALL_VERBS,
  storage: 'jobs',
  schema: { groupVersion: 'batch/v1', struct: 'Job' },
  selectableFields: {
    'status.successful': ({ status }) => String(status?.succeeded ?? 0),
  },
  prepareForCreate: (job) => {
    job.status = {};
    prepareTemplate(job);
    // Labels taken from the template are the template's own, upstream: what is added to those is added to these.
    const isShared = job.metadata.labels !== undefined && job.metadata.labels === job.spec.template.metadata?.labels;
    if (!job.spec.manualSelector) selectOwnPods(job);
    if (isShared || !Object.keys(job.metadata.labels ?? {}).length) shareLabels(job);
    if (job.metadata.labels) job.metadata.labels = { ...job.metadata.labels };
  },
  prepareForUpdate: prepareTemplate,
  validate: (job) => validateJob(job),
  validateUpdate: validateJobUpdate,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  warnings: jobWarnings,
  columns: [
    nameColumn(),
    column('Status', 'string', { text: 'Status of the job.' }, statusText),
    column('Completions', 'string', 'JobStatus.succeeded', completions),
    column('Duration', 'string', { text: 'Time required to complete the job.' }, duration),
    ageColumn(),
    ...containerColumns<Job>(({ spec }) => spec?.template.spec?.containers),
    wideColumn('Selector', 'string', 'JobSpec.selector', ({ spec }) => formatSelector(spec?.selector) || '<none>'),
  ],
  defaults: (job) => {
    const { metadata, spec } = job;
    spec.template ??= {};
    defaultPodTemplate(spec.template);
    // Neither said: one Pod, once. Only parallelism said: a work queue, which has no number of completions.
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    spec.parallelism ??= 1;
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1;
    spec.completionMode ??= 'NonIndexed';
    spec.suspend ??= false;
    spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
    defaultFailurePolicy(spec.podFailurePolicy);
    if (!Object.keys(metadata.labels ?? {}).length) shareLabels(job);
  },
  // batch/v1 keeps what upstream did before there was garbage collection.
  defaultPropagation: 'Orphan',
  subresources: {
    status: { validateUpdate: validateJobStatus },
  },
});

/** A Job without labels has those of its template. */
function shareLabels({ metadata, spec }: Job): void {
  const labels = spec.template.metadata?.labels;
  if (labels) metadata.labels = labels;
}

function statusText({ metadata, status }: Job): string {
  const has = (type: string) => status?.conditions?.find((condition) => condition.type === type)?.status === 'True';
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  return has('FailureTarget') ? 'FailureTarget' : 'Running';
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status }: Job, nowMs: number): string {
  if (!status?.startTime) return '';
  return since(status.startTime, status.completionTime ? Date.parse(status.completionTime) : nowMs);
}

/** Gives the Job's Pods labels that no other Job's have, in the old form and in the new, and selects by them. Labels that are there stay, and are judged. */
function selectOwnPods({ metadata, spec }: Job): void {
  const { uid = '', name = '' } = metadata;
  const labels = { ...spec.template.metadata?.labels };
  if (labels['job-name'] === undefined) Object.assign(labels, { 'job-name': name, 'batch.kubernetes.io/job-name': name });
  if (labels['controller-uid'] === undefined) Object.assign(labels, { 'controller-uid': uid, 'batch.kubernetes.io/controller-uid': uid });
  spec.template.metadata = { ...spec.template.metadata, labels };
  spec.selector ??= {};
  spec.selector.matchLabels = { 'batch.kubernetes.io/controller-uid': uid, ...spec.selector.matchLabels };
}

const MANY_INDEXES =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
function jobWarnings(job: Job, old: Job | undefined): string[] {
  const { completionMode, completions = 0, parallelism = 0 } = job.spec;
  const isMuch = !old && completionMode === 'Indexed' && completions > 100_000 && parallelism > 10_000;
  return isMuch ? [MANY_INDEXES, ...workloadWarnings(job, old)] : workloadWarnings(job, old);
}
