import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod/mini";

const MasterSecret = z.object({ username: z.string(), password: z.string() });

/** The master's login, from the secret that RDS manages and rotates; read at each run, kept nowhere. */
export async function masterLogin(secretArn: string): Promise<{ user: string; password: string }> {
  // The SDK would wait for an endpoint that can't be reached until the function's time is over.
  const client = new SecretsManagerClient({
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  const secret = MasterSecret.safeParse(JSON.parse(SecretString ?? "null"));
  if (!secret.success) throw new Error(`the secret ${secretArn} holds no username and password`);
  return { user: secret.data.username, password: secret.data.password };
}
