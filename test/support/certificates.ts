/** Certificates made for one test run: an authority of its own, and a server's certificate that it signed. */
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { generate } from "selfsigned";
import { temporaryFolder } from "../../local/setup/data-folder";

export interface ServerCertificate {
  /** The authority's certificate, as a client trusts it. */
  readonly authority: string;
  /** Files, as a server takes them. */
  readonly certificate: string;
  readonly key: string;
}

/** A certificate for the loopback address, or for a name, signed by a new authority. */
export async function serverCertificate(name = "127.0.0.1"): Promise<ServerCertificate> {
  // By its name a client that trusts several finds the right one.
  const authority = await generate([{ name: "commonName", value: `Test authority ${randomUUID()}` }], {
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: name }], {
    algorithm: "sha256",
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "subjectAltName", altNames: [isIP(name) > 0 ? { type: 7, ip: name } : { type: 2, value: name }] },
    ],
  });
  const folder = temporaryFolder();
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
