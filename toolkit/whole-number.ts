/** @throws RangeError that shows the value */
export function checkWholeNumber(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${name} is ${value}: give a whole number of at least ${least}`);
}
