import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "../../local/setup/data-folder";

const script = path.join(__dirname, "../../lib/bundling/write-rds-authorities.mjs");
const folder = temporaryFolder();
const file = path.join(folder, "authorities.pem");

const write = (region: string) => spawnSync(process.execPath, [script, region, file], { encoding: "utf8" });

describe("the authorities of RDS beside a bundle", () => {
  it("are those of the region and no other", () => {
    expect(write("us-east-1")).toMatchObject({ status: 0 });
    const certificates = readFileSync(file, "utf8").match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? [];
    const names = certificates.map((pem) => new X509Certificate(pem).subject.match(/CN=(.+)/)?.[1]);
    expect(names.sort()).toEqual([
      "Amazon RDS us-east-1 Root CA ECC384 G1",
      "Amazon RDS us-east-1 Root CA RSA2048 G1",
      "Amazon RDS us-east-1 Root CA RSA4096 G1",
    ]);
  });

  it("are refused for a region that RDS doesn't know", () => {
    const { status, stderr } = write("us-east-9");
    expect(status).toBe(1);
    expect(stderr).toContain('no authority for the region "us-east-9"');
  });
});
