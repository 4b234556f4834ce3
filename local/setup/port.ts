/** The port that the API is served on. */
import { isFree } from "../servers/ports";

const defaultPort = 3000;

export function wantedPort(text: string | undefined): number {
  if (text === undefined || text === "") return defaultPort;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`PORT is ${text}: give it a number from 1 to 65535, as in PORT=3001 npm start`);
  return port;
}

/** @throws with the next free port, if another program listens on this one */
export async function claimPort(port: number): Promise<void> {
  if (await isFree(port)) return;
  let other = port < 65_535 ? port + 1 : defaultPort;
  while (!(await isFree(other))) other += 1;
  throw new Error(`port ${port} is taken by another program: PORT=${other} npm start`);
}
