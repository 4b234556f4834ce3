import { createSocket } from "node:dgram";

export interface TimeServer {
  readonly host: string;
  readonly port: number;
}

/** Amazon Time Sync, which an instance reaches without a way out of its network. A Lambda function may not. */
export const amazonTimeSync: TimeServer = { host: "169.254.169.123", port: 123 };

const deadlineMs = 500;
/** NTP counts from 1900. */
const ntpEpochMs = Date.UTC(1900, 0, 1);
const transmitTimeAt = 40;

/** How far the clock `nowMs` is behind the time server's, negative if ahead; `undefined` without an answer. Source: RFC 5905. */
export function behindTimeServerMs({ host, port }: TimeServer, nowMs: () => number): Promise<number | undefined> {
  const socket = createSocket("udp4");
  return new Promise<number | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), deadlineMs);
    socket.on("error", () => resolve(undefined));
    socket.on("message", (answer) => {
      clearTimeout(timer);
      const isWhole = answer.length >= transmitTimeAt + 4;
      resolve(isWhole ? ntpEpochMs + answer.readUInt32BE(transmitTimeAt) * 1_000 - nowMs() : undefined);
    });
    const question = Buffer.alloc(48);
    question[0] = 0x23; // version 4, from a client
    socket.send(question, port, host, (error) => {
      if (error !== null) resolve(undefined);
    });
  }).finally(() => socket.close());
}
