/** One mistake in a template: the property that is wrong, and a message with its value and the remedy. */
export interface RedisMistake {
  /** The last part of the id that acknowledges it: `Larder-Redis::<rule>`. */
  readonly rule: string;
  readonly property: string;
  readonly message: string;
}

export const mistake = (rule: string, property: string, message: string): RedisMistake => ({ rule, property, message });

/** A value as it stands in the template. */
export function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}
