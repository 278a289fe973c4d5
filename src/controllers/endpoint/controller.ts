import { endpoints, isStatus, keyOf, refOf } from '#api';
import type { Client } from '#client';
import type { Controller, Outcome } from '../controller.ts';
import { isNamespaceTerminating, messageOf } from '../refusals.ts';
import { TriggerTimes } from '../services/trigger-times.ts';
import { watchServices } from '../services/watch.ts';
import { planEndpoints } from './plan.ts';

// Set by who keeps leader election records in Endpoints: such an object is no service's.
const LEADER = 'control-plane.alpha.kubernetes.io/leader';

/** Publishes the Pods behind every service with a selector as the older Endpoints. Follows pkg/controller/endpoint/endpoints_controller.go. */
export const endpointController: Controller = {
  name: 'endpoint',
  account: 'endpoint-controller',
  connect(wiring) {
    const { client, events, informers, enqueue } = wiring;
    const reader = watchServices(wiring);
    const informer = informers.informer(endpoints);
    const triggerTimes = new TriggerTimes();
    // Those present at the start may have lost their service meanwhile. Later ones may be written before their service is.
    let isStarting = true;
    void informer.synced.then(() => (isStarting = false));
    informer.on({
      added: (object) => {
        if (isStarting) enqueue(keyOf(object));
      },
      deleted: (object) => enqueue(keyOf(object)),
    });

    return async (key): Promise<Outcome> => {
      const service = reader.service(key);
      const present = informer.store.get(key);
      if (!service) {
        triggerTimes.forget(key);
        if (present && present.metadata.annotations?.[LEADER] === undefined) await remove(client, key);
        return 'done';
      }
      if (service.spec.type === 'ExternalName' || Object.keys(service.spec.selector ?? {}).length === 0 || service.metadata.deletionTimestamp) return 'done';
      const podsOf = reader.podsOf(service);
      const wanted = planEndpoints(service, podsOf, { present, triggerTime: triggerTimes.next(key, service, podsOf) });
      if (!wanted) return 'done';
      try {
        await (present ? client.update(endpoints, wanted) : client.create(endpoints, wanted));
      } catch (error) {
        if (isNamespaceTerminating(error)) return 'done';
        if (isStatus(error, 'Conflict', 'AlreadyExists')) throw error;
        const [reason, verb] = present ? ['FailedToUpdateEndpoint', 'update endpoint'] : ['FailedToCreateEndpoint', 'create endpoint for service'];
        events.event(present ?? wanted, 'Warning', reason, `Failed to ${verb} ${key}: ${messageOf(error)}`);
        throw error;
      }
      return 'done';
    };
  },
};

async function remove(client: Client, key: string): Promise<void> {
  try {
    await client.delete(endpoints, refOf(key));
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
