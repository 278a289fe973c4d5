import type { AllocationResult, DeviceClaim, DeviceToleration } from '#api/types/resource-v1';

/** The defaults of what a claim asks for: one device, exactly. */
export function defaultDevices(devices: DeviceClaim | undefined): void {
  for (const { exactly, firstAvailable } of devices?.requests ?? []) {
    for (const request of [...(exactly ? [exactly] : []), ...(firstAvailable ?? [])]) {
      request.allocationMode ||= 'ExactCount';
      if (request.allocationMode === 'ExactCount') request.count ||= 1;
      defaultTolerations(request.tolerations);
    }
  }
}

/** The defaults of what a claim was given. */
export function defaultAllocation(allocation: AllocationResult | undefined): void {
  for (const { tolerations } of allocation?.devices?.results ?? []) defaultTolerations(tolerations);
}

function defaultTolerations(tolerations: readonly DeviceToleration[] | undefined): void {
  for (const toleration of tolerations ?? []) toleration.operator ||= 'Equal';
}
