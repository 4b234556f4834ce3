import { isPromise } from "node:util/types";

/**
 * Tells a listener, if there is one. What it throws, or a promise that it answers and that rejects, is dropped: a listener's
 * fault must not fail what it is told of.
 */
export function tell<Told extends readonly unknown[]>(
  listener: ((...told: Told) => unknown) | undefined,
  ...told: Told
): void {
  try {
    const answer = listener?.(...told);
    if (answer !== undefined && isPromise(answer)) answer.catch(() => undefined);
  } catch {
    // dropped, too
  }
}
