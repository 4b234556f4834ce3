import type { Clock } from "../clock/moment";
import { shown } from "../shown";
import { checkWholeNumber } from "../whole-number";
import type { RedisCredentials } from "./credentials";

export interface ConnectOptions {
  readonly mode: "single" | "cluster";
  /** The primary endpoint, or the configuration endpoint of a cluster. */
  readonly host: string;
  readonly port: number;
  /** Verify the server's certificate for `host`. @default false - plain TCP */
  readonly tls?: boolean;
  /** @default - none: the server's default user, without a password */
  readonly credentials?: RedisCredentials;
  /**
   * Hears of connections that failed, were lost or could not sign in again; all of that is tried again. @default - nobody is
   * told
   */
  readonly onError?: (error: Error) => void;
  /** By which connections grow old. @default - the system's clocks */
  readonly clock?: Clock;
}

const modes: readonly unknown[] = ["single", "cluster"] satisfies ConnectOptions["mode"][];

/** @throws TypeError or RangeError that shows the value, and nothing of a password */
export function checkConnectOptions({ mode, host, port, tls = false, credentials }: ConnectOptions): void {
  if (!modes.includes(mode)) throw new TypeError(`mode is ${shown(mode)}: give "single" or "cluster"`);
  checkText("host", host);
  checkWholeNumber("port", port, 1, 65_535);
  if (credentials !== undefined) checkCredentials(credentials, tls);
}

function checkCredentials(credentials: RedisCredentials, tls: boolean): void {
  const { username, connectionLifetimeMs, tlsOnly = false } = credentials;
  checkText("credentials.username", username);
  const password: unknown = credentials.password;
  if (typeof password !== "function")
    throw new TypeError(`credentials.password is a ${typeof password}: give a function that answers the password`);
  if (connectionLifetimeMs !== undefined) checkWholeNumber("credentials.connectionLifetimeMs", connectionLifetimeMs, 1);
  if (tlsOnly && !tls)
    throw new TypeError(`tls is ${shown(tls)}: these credentials may travel over TLS only, so set tls: true`);
}

/** @throws TypeError for what is no text, or empty */
export function checkText(name: string, text: string): void {
  if (typeof text !== "string" || text === "")
    throw new TypeError(`${name} is ${shown(text)}: give a string that isn't empty`);
}
