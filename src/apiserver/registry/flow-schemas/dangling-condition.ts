import { flowSchemas, findCondition, type KubeObject, priorityLevelConfigurations } from '#api';
import type { FlowSchema } from '#api/types/flowcontrol-v1';
import { type Clock, describeError, type Log, rfc3339 } from '#lib';
import { APISERVER_USER } from '../../bootstrap/index.ts';
import type { ObjectReader } from '../../contract.ts';
import type { LocalServer } from '../../endpoints/local.ts';

const MANAGER = 'api-priority-and-fairness-config-consumer-v1';

export interface DanglingConditionOptions {
  readonly local: Pick<LocalServer, 'request'>;
  readonly reader: ObjectReader;
  readonly clock: Clock;
  readonly log: Log;
}

/** Says of each FlowSchema whether its priority level exists, in the condition `Dangling`. Follows apf_controller.go of k8s.io/apiserver/pkg/util/flowcontrol. */
export class DanglingCondition {
  readonly #options: DanglingConditionOptions;
  readonly #pending = new Set<Promise<void>>();
  #unsubscribe: (() => void)[] = [];

  constructor(options: DanglingConditionOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { reader } = this.#options;
    await Promise.all([reader.settled(flowSchemas), reader.settled(priorityLevelConfigurations)]);
    this.#unsubscribe = [
      reader.onChange(flowSchemas, (schema, _old, isDeleted) => {
        if (!isDeleted) this.#schedule(schema);
      }),
      reader.onChange(priorityLevelConfigurations, ({ metadata: { name } }, old, isDeleted) => {
        // Only whether there is one matters.
        if (old && !isDeleted) return;
        for (const schema of reader.list(flowSchemas)) if (schema.spec?.priorityLevelConfiguration?.name === name) this.#schedule(schema);
      }),
    ];
    for (const schema of reader.list(flowSchemas)) this.#schedule(schema);
    await this.settled();
  }

  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await this.settled();
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  #schedule(schema: FlowSchema): void {
    const { log } = this.#options;
    const work: Promise<void> = this.#say(schema)
      .catch((error: unknown) => log.warning(`cannot say whether FlowSchema ${schema.metadata.name ?? ''} is dangling: ${describeError(error)}`))
      .finally(() => this.#pending.delete(work));
    this.#pending.add(work);
  }

  async #say({ metadata: { name = '', deletionTimestamp }, spec, status }: FlowSchema): Promise<void> {
    const { local, reader, clock } = this.#options;
    const level = spec?.priorityLevelConfiguration?.name ?? '';
    const exists = reader.get(priorityLevelConfigurations, { name: level }) !== undefined;
    const about = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    const wanted = exists
      ? { status: 'False', reason: 'Found', message: `${about} and it exists` }
      : { status: 'True', reason: 'NotFound', message: `${about} but there is no such object` };
    const said = findCondition(status?.conditions as Parameters<typeof findCondition>[0], 'Dangling');
    if (deletionTimestamp || (said?.status === wanted.status && said.reason === wanted.reason && said.message === wanted.message)) return;
    const condition = { type: 'Dangling', lastTransitionTime: rfc3339(clock.now()), ...wanted };
    const body = { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema', metadata: { name }, status: { conditions: [condition] } };
    await local.request({
      verb: 'patch',
      resource: flowSchemas,
      user: APISERVER_USER,
      ref: { name },
      body: body as KubeObject as never,
      options: { type: 'apply', force: true, fieldManager: MANAGER, subresource: 'status' },
    });
  }
}
