/** A function that is called by hand with `{"doctor":true}` says why it can't sign in to Redis: only it has its role, and its place in the network. */
import { redisEnv, stateRedisEnv } from "#contract/environment";
import { diagnose, type Finding } from "@larder/toolkit";
import type { Context } from "aws-lambda";
import * as z from "zod/mini";
import { awsCredentials, awsRegion } from "./aws";
import { withQuestions } from "./questions";
import { redisEnvironmentOfState } from "./redis";

export interface Diagnosis {
  readonly host: string;
  readonly findings: readonly Finding[];
}

export function withDoctor<Event, Answer>(
  handler: (event: Event, context: Context) => Promise<Answer>,
): (event: Event, context: Context) => Promise<unknown> {
  return withQuestions({ doctor: diagnoses }, handler);
}

/** Of each Redis that the function uses. */
export async function diagnoses({ invokedFunctionArn }: Context): Promise<readonly Diagnosis[]> {
  const cache = z.object(redisEnv).safeParse(process.env).data;
  const state = z.object(stateRedisEnv).safeParse(process.env).data;
  const used = [cache, state && redisEnvironmentOfState(state)].filter((env) => env !== undefined);
  const byHost = new Map(used.map((env) => [env.REDIS_HOST, env]));
  return Promise.all(
    [...byHost.values()].map(async (env) => {
      const { REDIS_HOST: host, REDIS_PORT: port, REDIS_USER: user, REDIS_GROUP: group } = env;
      const [account = ""] = invokedFunctionArn.split(":").slice(4);
      const findings: Finding[] = [];
      for await (const finding of diagnose({
        host,
        port,
        user,
        group,
        account,
        region: awsRegion(),
        aws: awsCredentials,
        narrow: true,
      }))
        findings.push(finding);
      return { host, findings };
    }),
  );
}
