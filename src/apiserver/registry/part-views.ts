import {
  prepareEphemeralContainers,
  prepareRequestApproval,
  prepareResize,
  validateEphemeralContainersUpdate,
  validateRequestUpdate,
  validateResize,
} from '#api';
import type { CertificateSigningRequest } from '#api/types/certificates-v1';
import type { Pod } from '#api/types/core-v1';
import { type Clock, rfc3339 } from '#lib';
import type { UpdateStrategy } from './view.ts';

/** How subresources that are written like their object, but change only a part of it, do so. Key: `storage/subresource`. */
export function partStrategy(key: string, clock: Clock): UpdateStrategy | undefined {
  switch (key) {
    case 'pods/ephemeralcontainers':
      return ephemeralContainers;
    case 'pods/resize':
      return resize;
    case 'certificatesigningrequests/approval':
      return approval(clock);
    default:
      return undefined;
  }
}

const ephemeralContainers: UpdateStrategy = {
  prepareForUpdate: (object, old) => prepareEphemeralContainers(object as Pod, old as Pod),
  validateUpdate: (object, old) => validateEphemeralContainersUpdate(object as Pod, old as Pod),
};

const resize: UpdateStrategy = {
  prepareForUpdate: (object, old) => prepareResize(object as Pod, old as Pod),
  validateUpdate: (object, old) => validateResize(object as Pod, old as Pod),
};

function approval(clock: Clock): UpdateStrategy {
  return {
    prepareForUpdate: (object, old) => prepareRequestApproval(object as CertificateSigningRequest, old as CertificateSigningRequest, rfc3339(clock.now())),
    validateUpdate: (object, old) => validateRequestUpdate(object as CertificateSigningRequest, old as CertificateSigningRequest, 'approval'),
  };
}
