/**
 * Tells CloudFormation the SHA-256 of a secret, so that the API's functions can be given it in place of the secret. It is called in
 * deploys only.
 */
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from "aws-lambda";
import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import * as z from "zod/mini";

const Asked = z.object({ SecretArn: z.string() });

const secrets = new SecretsManagerClient({});

/** For so long a right that the same deploy has given may not be in force everywhere. */
const grantedWithinMs = 20_000;

/** @throws if CloudFormation can't be told, whatever the answer is: Lambda calls again then */
export async function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  const { SecretArn } = Asked.parse(event.ResourceProperties);
  const { StackId, RequestId, LogicalResourceId } = event;
  const about = { StackId, RequestId, LogicalResourceId, PhysicalResourceId: SecretArn };
  let answer: CloudFormationCustomResourceResponse = { Status: "SUCCESS", ...about };
  try {
    if (event.RequestType !== "Delete") answer = { ...answer, Data: { Sha256: await hashOf(SecretArn) } };
  } catch (error) {
    answer = { Status: "FAILED", ...about, Reason: String(error) };
  }
  // Bytes, since text would get a content type, which isn't in the address' signature.
  const told = await fetch(event.ResponseURL, { method: "PUT", body: Buffer.from(JSON.stringify(answer)) });
  if (!told.ok) throw new Error(`CloudFormation's address answered ${told.status}`);
}

async function hashOf(secretArn: string): Promise<string> {
  const { SecretString } = await onceGranted(() => secrets.send(new GetSecretValueCommand({ SecretId: secretArn })));
  if (SecretString === undefined) throw new Error(`${secretArn} holds no text`);
  return createHash("sha256").update(SecretString).digest("hex");
}

async function onceGranted<T>(ask: () => Promise<T>): Promise<T> {
  const giveUpAtMs = performance.now() + grantedWithinMs;
  for (;;)
    try {
      return await ask();
    } catch (error) {
      const isDenied = error instanceof Error && error.name === "AccessDeniedException";
      if (!isDenied || performance.now() > giveUpAtMs) throw error;
      await setTimeout(1_000);
    }
}
