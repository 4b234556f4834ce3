/** Freezes a value of JSON all the way down: callers share it, and none may change what another one sees. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) freezeAll(value);
  return value;
}

function freezeAll(value: object): void {
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  // Most parts are no objects: those cost a look, not a call.
  for (const part of parts) if (typeof part === "object" && part !== null) freezeAll(part);
  Object.freeze(value);
}
