/** @throws TypeError for a promise in place of what a sign-in is made with */
export function refusePromise(asked: string, answer: unknown): void {
  if (typeof answer !== "object" || answer === null || !("then" in answer)) return;
  Promise.resolve(answer).catch(() => undefined); // its error would end the process
  throw new TypeError(
    `${asked} answered a promise, and a connect can't wait for one: keep what it resolves with, renew that in time, and answer it at once`,
  );
}
