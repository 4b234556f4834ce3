import type { IConstruct } from "constructs";

/** A construct was given values that can't work; says which construct, the value and the remedy. */
export class ValidationError extends Error {
  override readonly name = "ValidationError";

  constructor(message: string, scope: IConstruct) {
    super(`${scope.node.path}: ${message}`);
  }
}
