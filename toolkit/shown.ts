/** Of a text: what is longer is no name or setting, but data. */
const mostShown = 60;

/** A value as a message shows it. Of an object only what kind it is, and of a long text: it may hold what nobody should see. */
export function shown(value: unknown): string {
  if (typeof value === "string") return value.length > mostShown ? kindOf(value) : JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === undefined || value === null ? `${value}` : Object.prototype.toString.call(value);
}

/** Where even a short text may be data. */
export function kindOf(value: unknown): string {
  return typeof value === "string" ? `a text of ${value.length} characters` : shown(value);
}
