/** The Redis of state evicts nothing: once it is full, it takes nothing more. */
export function isRedisFull(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && error.message.startsWith("OOM");
}
