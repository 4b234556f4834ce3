/** Functions that callers give. */
import { isPromise } from "node:util/types";
import { shown } from "./shown";

/** @throws TypeError that shows what it is instead */
export function checkFunction(what: string, value: unknown): void {
  if (typeof value !== "function") throw new TypeError(`${what} is ${shown(value)}: give a function`);
}

/** @throws TypeError that shows what it is instead of a function or `undefined` */
export function checkOptionalFunction(what: string, value: unknown): void {
  if (value !== undefined) checkFunction(what, value);
}

/** @throws TypeError for a promise, where the answer is needed at once; what it rejects with is dropped */
export function checkAnswersAtOnce(what: string, answer: unknown): void {
  if (!isPromise(answer)) return;
  answer.catch(() => undefined);
  throw new TypeError(`${what} answered a promise: give a function that answers at once`);
}
