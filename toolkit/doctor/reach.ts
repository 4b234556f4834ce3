/** Whether a host is reached at all: its name, the way there, TLS and the certificate. */
import { lookup } from "node:dns/promises";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type PeerCertificate } from "node:tls";
import type { Fault } from "./finding";

/** As long as `connectRedis` waits. Security groups let packets vanish: nothing says so. */
const deadlineMs = 2_000;

export type Reached<T> = ({ readonly fault?: undefined } & T) | { readonly fault: Fault; readonly says: string };

export async function resolveName(host: string): Promise<Reached<{ readonly addresses: readonly string[] }>> {
  try {
    return { addresses: (await lookup(host, { all: true })).map(({ address }) => address) };
  } catch (error) {
    return { fault: "name", says: `${host} leads to no address: ${codeOf(error)}` };
  }
}

export async function reachPort(address: string, port: number): Promise<Reached<{ readonly ms: number }>> {
  const begunMs = performance.now();
  const outcome = await settled(connect({ host: address, port }), "connect", () => performance.now() - begunMs);
  const where = `${address}:${port}`;
  if (outcome.is === "done") return { ms: outcome.result };
  if (outcome.is === "late") return { fault: "network", says: `${where} gives no answer in ${deadlineMs / 1_000} s` };
  const code = codeOf(outcome.error);
  if (code === "ECONNREFUSED") return { fault: "refused", says: `${where} refuses: nothing listens there` };
  return { fault: "network", says: `there is no way to ${where}: ${code}` };
}

/** With the certificate verified for `host`, as `connectRedis` does. */
export async function reachByTls(
  host: string,
  address: string,
  port: number,
): Promise<Reached<{ readonly certificate: PeerCertificate; readonly version: string }>> {
  const socket = connectTls({ host: address, port, ...(isIP(host) === 0 && { servername: host }) });
  const outcome = await settled(socket, "secureConnect", () => ({
    certificate: socket.getPeerCertificate(),
    version: socket.getProtocol() ?? "TLS",
  }));
  if (outcome.is === "done") return outcome.result;
  const code = outcome.is === "late" ? "no answer" : codeOf(outcome.error);
  if (/CERT|ISSUER|SIGNATURE|SIGNED/.test(code)) return { fault: "certificate", says: certificateFault(code, outcome) };
  if (await answersWithoutTls(address, port))
    return { fault: "no-tls", says: `${host}:${port} is a Redis, but without TLS` };
  return { fault: "tls", says: `${host}:${port} takes connections and speaks no TLS: ${code}` };
}

function certificateFault(code: string, outcome: { readonly error?: unknown }): string {
  if (code === "CERT_NOT_YET_VALID" || code === "CERT_HAS_EXPIRED")
    return `by this clock, ${new Date().toISOString()}, the certificate is out of date: ${code}`;
  return `the certificate is refused: ${textOf(outcome.error)}${subjectOf(outcome.error)}`;
}

/** Node names those of the certificate's names only that could have fitted. */
function subjectOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("cert" in error)) return "";
  const { cert } = error;
  const hasNames = typeof cert === "object" && cert !== null && "subjectaltname" in cert;
  return hasNames ? `; it is for ${String(cert.subjectaltname)}` : "";
}

async function answersWithoutTls(address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port });
  let answer = "";
  socket.on("data", (data) => (answer += data.toString("latin1"))).write("PING\r\n");
  await settled(socket, "data", () => undefined);
  return /^(\+PONG|-NOAUTH|-DENIED|-ERR)/.test(answer);
}

type Outcome<T> =
  | { readonly is: "done"; readonly result: T }
  | { readonly is: "late"; readonly error?: undefined }
  | { readonly is: "failed"; readonly error: unknown };

/** Of the first event of that name; the socket is closed then. */
function settled<T>(socket: Socket, event: string, result: () => T): Promise<Outcome<T>> {
  return new Promise<Outcome<T>>((resolve) => {
    const timer = setTimeout(() => resolve({ is: "late" }), deadlineMs);
    socket.once(event, () => resolve({ is: "done", result: result() }));
    socket.once("error", (error) => resolve({ is: "failed", error }));
    socket.once("close", () => {
      clearTimeout(timer);
      resolve({ is: "failed", error: new Error("it was closed") });
    });
  }).finally(() => socket.destroy());
}

function codeOf(error: unknown): string {
  const isCoded = typeof error === "object" && error !== null && "code" in error && typeof error.code === "string";
  return isCoded ? String(error.code) : textOf(error);
}

function textOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
}
