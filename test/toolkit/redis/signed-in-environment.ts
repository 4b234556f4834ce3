/** Signs in by IAM, and asks Redis once for each message. Its clocks go on by as much as the message says. */
import { connectRedis, guardOf, iamCredentials, RedisUnavailableError } from "@larder/toolkit";
import type { AwsCredentials } from "@larder/toolkit";
import type { RedisMode } from "../../support/redis-clients";

export interface SignedInSettings {
  readonly mode: RedisMode;
  readonly port: number;
  readonly user: string;
  readonly group: string;
  readonly region: string;
  readonly keys: AwsCredentials;
  /** Of the servers when it begins. */
  readonly wallMs: number;
}

const { mode, port, keys, wallMs, ...signer } = JSON.parse(process.argv[2]!) as SignedInSettings;
let now = { monotonicMs: 0, wallMs };
const client = connectRedis({
  mode,
  host: "127.0.0.1",
  port,
  tls: true,
  credentials: iamCredentials({ ...signer, aws: () => keys, now: () => new Date(now.wallMs) }),
  clock: () => now,
});

process.on("message", (passedMs: number) => {
  now = { monotonicMs: now.monotonicMs, wallMs: now.wallMs + passedMs }; // the monotonic one stands still in a freeze
  void ask().then((outcome) => process.send!(outcome));
});

async function ask(): Promise<string> {
  try {
    await Promise.all(
      ["a", "b", "c"].map((key) =>
        guardOf(client).run("get", 5_000, (each) => each.get(`larder:${key}`), `larder:${key}`),
      ),
    );
    return "answered";
  } catch (error) {
    return error instanceof RedisUnavailableError ? error.reason : String(error);
  }
}
