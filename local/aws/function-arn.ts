/** The function that an ARN names, be it of a version, an alias, or wrapped in the URI of an integration or an authorizer. */
export function functionNameOf(arn: string): string | undefined {
  return /:function:([^:/]+)/.exec(arn)?.[1];
}
