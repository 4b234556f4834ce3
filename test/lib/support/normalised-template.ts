/**
 * A template without what changes with every edit of a function's code: hashes of assets and ids of Lambda versions.
 *
 * The text is normalised before it is parsed again, so that the order of keys doesn't follow the hashes either.
 */
export function normalisedTemplate(template: object): unknown {
  const text = JSON.stringify(template)
    .replaceAll(/\b[0-9a-f]{64}\b/g, "<asset>")
    .replaceAll(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}\b/g, "$1<version>");
  return sorted(JSON.parse(text));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
