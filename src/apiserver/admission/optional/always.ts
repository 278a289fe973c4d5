import type { AdmissionPlugin } from '../../contract.ts';
import { refuse } from '../refuse.ts';

/** Allows everything, as without it. */
export const alwaysAdmit: AdmissionPlugin = { name: 'AlwaysAdmit' };

/** Refuses every write. */
export const alwaysDeny: AdmissionPlugin = {
  name: 'AlwaysDeny',
  admit(request) {
    throw refuse(request, 'admission control is denying all modifications');
  },
};
