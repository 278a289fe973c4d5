/** The name of the pause image that the program makes itself (see `pause.ts`); its tag changes when its content does. */
export const PAUSE_IMAGE = 'k3ts.io/pause:1';
