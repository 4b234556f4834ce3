/** Functions that callers give. */
import { shown } from "./shown";

/** @throws TypeError that shows what it is instead */
export function checkFunction(what: string, value: unknown): void {
  if (typeof value !== "function") throw new TypeError(`${what} is ${shown(value)}: give a function`);
}

/** @throws TypeError that shows what it is instead of a function or `undefined` */
export function checkOptionalFunction(what: string, value: unknown): void {
  if (value !== undefined) checkFunction(what, value);
}

/** @throws TypeError for a promise, where the answer is needed at once */
export function checkAnswersAtOnce(
  what: string,
  answer: unknown,
  remedy = "give a function that answers at once",
): void {
  if (!isThenable(answer)) return;
  Promise.resolve(answer).catch(() => undefined); // what it rejects with would end the process
  throw new TypeError(`${what} answered a promise: ${remedy}`);
}

function isThenable(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function";
}
