import type { Flags, Values } from './flag.ts';

/** What a command may use of the world outside. */
export interface Invocation<F extends Flags = Flags> {
  readonly flags: Values<F>;
  /** Arguments after the flags. */
  readonly rest: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
}

/** One subcommand: its table of flags makes parsing, help, environment variables and configuration keys. */
export interface Command<F extends Flags = Flags> {
  readonly name: string;
  readonly summary: string;
  /** Shown after the name in the help. */
  readonly usage?: string;
  readonly flags: F;
  /** Everything after the name is handed over unread (kubectl, crictl, ctr). */
  readonly isPassthrough?: boolean;
  /** Reads the configuration files too. */
  readonly readsConfigFile?: boolean;
  /** The exit code. */
  run(invocation: Invocation<F>): Promise<number>;
}

export function defineCommand<F extends Flags>(command: Command<F>): Command<F> {
  return command;
}
