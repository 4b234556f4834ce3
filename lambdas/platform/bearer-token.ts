/** The token of `authorization: Bearer <token>` (RFC 6750); `undefined` where there is none, or something else. */
export function bearerToken(headers: Readonly<Record<string, string | undefined>> | undefined): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(headers?.["authorization"] ?? "")?.[1];
}
