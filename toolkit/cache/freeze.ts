/** Freezes a value all the way down: callers share it, and none may change what another one sees. */
export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
