import type { Redis } from "ioredis";

/** So many commands are enough for a server to begin with while the next are written. */
const mostTogether = 16;
const writtenOf = new WeakMap<Redis["stream"], number>();

/** What is written in one tick goes out by few system calls. ioredis' own pipelining costs scripts more than it saves. */
export function sendTogether(stream: Redis["stream"]): void {
  const written = stream.writableCorked === 0 ? 0 : (writtenOf.get(stream) ?? 0);
  if (written === 0) {
    stream.cork();
    process.nextTick(() => stream.uncork());
  } else if (written % mostTogether === 0) {
    stream.uncork();
    stream.cork();
  }
  writtenOf.set(stream, written + 1);
}
