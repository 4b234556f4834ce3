import { shown } from "./shown";

/** The longest time of `setTimeout`: one that is given more fires at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** @throws RangeError that shows the value */
export function checkWholeNumber(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`${name} is ${shown(value)}: give a whole number ${range}`);
}
