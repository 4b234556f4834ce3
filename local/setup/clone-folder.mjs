import { fileURLToPath } from "node:url";

export const cloneFolder = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const benchFolder = `${cloneFolder}/bench`;
