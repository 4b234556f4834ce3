import * as z from "zod/mini";

/** A request's body: an object with these members and no others. */
export function jsonObject<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `must not have ${issue.keys.join(", ")}`
        : "must be a JSON object, sent as application/json",
  });
}
