export const late = Symbol("late");

/** Settles as `work` does, or with `late` once `deadlineMs` have passed; `work` goes on, and its end is ignored. */
export function orLate<T>(work: Promise<T>, deadlineMs: number): Promise<T | typeof late> {
  return new Promise((resolve, reject) => {
    // The reply may already lie in the socket of a process that was busy or frozen: let it be read before giving up.
    const timer = setTimeout(() => setImmediate(resolve, late), deadlineMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
