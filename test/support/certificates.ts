/** Certificates made for one test run: an authority of its own, and a server's certificate that it signed. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";

export interface ServerCertificate {
  /** The authority's certificate, as a client trusts it. */
  readonly authority: string;
  /** Files, as a server takes them. */
  readonly certificate: string;
  readonly key: string;
}

/** A certificate for the loopback address, signed by a new authority. */
export async function serverCertificate(): Promise<ServerCertificate> {
  const authority = await generate([{ name: "commonName", value: "Test authority" }], {
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    algorithm: "sha256",
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  const folder = mkdtempSync(join(tmpdir(), "larder-certificate-"));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    authority: authority.cert,
    certificate: file("server.crt", server.cert),
    key: file("server.key", server.private),
  };
}
