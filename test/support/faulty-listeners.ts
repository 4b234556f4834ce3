/** Listeners with a fault, each with what it does: what they are told of must be done all the same. */
export const faultyListeners: readonly (readonly [string, () => void])[] = [
  [
    "throws",
    () => {
      throw new Error("the log is full");
    },
  ],
  ["rejects", () => Promise.reject(new Error("the log is full"))],
];
