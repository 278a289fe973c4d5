import { isStatus, keyOf, type KubeObject, persistentVolumeClaims, pods, refOf } from '#api';
import type { PersistentVolumeClaim, Pod } from '#api/types/core-v1';
import type { Controller } from '../controller.ts';
import { isPodTerminal } from '../pod-facts.ts';
import { CLAIM_FINALIZER, claimNames, usesClaim } from './plan.ts';

const BY_CLAIM = 'claim';

/** Lets claims go once no Pod on a node uses them. Follows pkg/controller/volume/pvcprotection/pvc_protection_controller.go. */
export const pvcProtectionController: Controller = {
  name: 'pvcprotection',
  account: 'pvc-protection-controller',
  connect({ client, informers, enqueue }) {
    const claims = informers.informer(persistentVolumeClaims);
    const podInformer = informers.informer(pods);
    podInformer.store.addIndex(BY_CLAIM, (pod) => claimNames(pod).map((name) => `${pod.metadata.namespace}/${name}`));
    const claimChanged = (claim: PersistentVolumeClaim & KubeObject): void => {
      if (needsFinalizer(claim) || mayGo(claim)) enqueue(keyOf(claim));
    };
    const enqueueClaims = (pod: Pod): void => {
      for (const name of claimNames(pod)) enqueue(`${pod.metadata.namespace}/${name}`);
    };
    claims.on({ added: claimChanged, updated: claimChanged });
    podInformer.on({
      // A Pod that runs on cannot help to let a claim go.
      added: (pod) => (isPodTerminal(pod) || !pod.spec?.nodeName ? enqueueClaims(pod) : undefined),
      updated: (pod, old) => {
        if (pod.metadata.uid !== old.metadata.uid) enqueueClaims(old);
        if (isPodTerminal(pod) || !pod.spec?.nodeName) enqueueClaims(pod);
      },
      deleted: enqueueClaims,
    });
    const isUsed = async (claim: PersistentVolumeClaim): Promise<boolean> => {
      if (podInformer.store.byIndex(BY_CLAIM, keyOf(claim as KubeObject)).some((pod) => usesClaim(pod, claim))) return true;
      // The cache may be behind: a Pod that was just bound must not lose its volume.
      const { items } = await client.list(pods, { namespace: claim.metadata.namespace });
      return items.some((pod) => usesClaim(pod, claim));
    };
    return async (key) => {
      const claim = claims.store.get(key);
      if (!claim) return 'done';
      const finalizers = claim.metadata.finalizers ?? [];
      let wanted: string[] | undefined;
      if (needsFinalizer(claim)) wanted = [...finalizers, CLAIM_FINALIZER];
      else if (mayGo(claim) && !(await isUsed(claim))) wanted = finalizers.filter((each) => each !== CLAIM_FINALIZER);
      if (!wanted) return 'done';
      try {
        await client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, ...refOf(key), finalizers: wanted } });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
      return 'done';
    };
  },
};

function needsFinalizer({ metadata }: PersistentVolumeClaim): boolean {
  return metadata.deletionTimestamp === undefined && !metadata.finalizers?.includes(CLAIM_FINALIZER);
}
function mayGo({ metadata }: PersistentVolumeClaim): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers?.includes(CLAIM_FINALIZER) ?? false);
}
