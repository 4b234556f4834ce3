/** A value of a synthesized template, whose shape the test that looks at it knows. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

/** The items of a list in a template; none if there is no list. */
export const listOf = (value: Json): Json[] => (Array.isArray(value) ? value : []);
