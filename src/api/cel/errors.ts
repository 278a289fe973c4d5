/** An expression failed while it ran. The message is cel-go's: `no such key: x`. */
export class CelEvaluationError extends Error {
  override readonly name = 'CelEvaluationError';
}

/** An expression was stopped because it cost more than it may. */
export class CelCostExceededError extends Error {
  override readonly name = 'CelCostExceededError';

  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** A failure on its way through the interpreter. Expected and often absorbed (`a || b`), so it has no stack: making one must be cheap. */
export class Failure {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** Ends the evaluation with cel-go's text. */
export function fail(message: string): never {
  throw new Failure(message);
}

/** No overload of a function takes the values it was given. */
export function noSuchOverload(): never {
  throw new Failure('no such overload');
}
