import { fileURLToPath } from "node:url";

export const cloneFolder = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
/** The libraries that we are measured against have packages of their own. */
export const peersFolder = `${cloneFolder}/bench/peers`;
