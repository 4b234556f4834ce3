/** A value as a message shows it. Of an object only what kind it is: it may hold what nobody should see. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === undefined || value === null ? `${value}` : Object.prototype.toString.call(value);
}
