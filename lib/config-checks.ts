import { connectionsPerEnvironment } from "../lambdas/contract/database-load";
import { databaseFunctions, workerEnvironments } from "../lambdas/contract/functions";
import type { StageConfig } from "./config";
import { findDomainMistakes, findFirewallMistakes, findKeyMistakes } from "./constructs/edge-settings";
import { maxConnectionsOf } from "./constructs/postgres-connections";

/** Refuses a stage whose values can't work together; what concerns one construct alone is refused by that construct. */
export function checkStageConfig(config: StageConfig): void {
  const mistakes = [...findMistakes(config)];
  if (mistakes.length > 0) throw new Error(`stage ${config.name}: ${mistakes.join("; ")}`);
}

function* findMistakes(config: StageConfig): Generator<string> {
  const { name, region, availabilityZones: zones, cache, state, api, functions, mail, alarmEmail, runbookUrl } = config;

  if (!/^[a-z][a-z0-9]{0,9}$/.test(name))
    yield `name is "${name}": use up to 10 lower-case letters and digits, since it becomes part of resource names`;
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) yield `region is "${region}": use a region's name such as us-east-2`;
  if (zones.length < 2)
    yield `availabilityZones lists ${zones.length}: name at least two, or losing one zone loses the stores`;
  if (new Set(zones).size < zones.length) yield `availabilityZones names a zone twice: ${zones.join(", ")}`;
  for (const zone of zones)
    if (!zone.startsWith(region) || !/^[a-z]$/.test(zone.slice(region.length)))
      yield `availability zone "${zone}" is not one of ${region}: use names such as ${region}a`;

  if (state === "cache" && cache.maxmemoryPolicy !== "noeviction")
    yield `cache has maxmemoryPolicy ${cache.maxmemoryPolicy} but serves state too, so locks could be evicted: use noeviction, or give state a group`;
  if (state !== "cache" && state.maxmemoryPolicy !== "noeviction")
    yield `state has maxmemoryPolicy ${state.maxmemoryPolicy}, so locks could be evicted: use noeviction`;
  const { autoscaling = "off" } = state === "cache" ? cache : state;
  if (autoscaling !== "off" && autoscaling.of === "replicas")
    yield `autoscaling adds replicas to the group of state: locks and ends of sessions wait for replicasPerShard of them, and a failover to one more could undo both; use shards`;

  if (api.requestsPerSecond <= 0) yield `api.requestsPerSecond is ${api.requestsPerSecond}: use at least 1`;
  if (api.burst < api.requestsPerSecond)
    yield `api.burst is ${api.burst}, below api.requestsPerSecond (${api.requestsPerSecond}): even traffic would be refused; raise it`;
  if (config.domain !== undefined) yield* findDomainMistakes(config.domain);
  if (config.waf !== undefined) yield* findFirewallMistakes(config.waf);
  yield* findKeyMistakes(config.edgeKey, (config.domain ?? config.waf) !== undefined);
  if (functions.memoryMiB < 128 || functions.memoryMiB > 10_240)
    yield `functions.memoryMiB is ${functions.memoryMiB}: Lambda takes 128 to 10240`;
  if (functions.timeoutSeconds < 5 || functions.timeoutSeconds > 29)
    yield `functions.timeoutSeconds is ${functions.timeoutSeconds}: use 5 to 29, since API Gateway gives up after 30, and the outbox is swept only with 4 seconds left`;
  if (!Number.isInteger(config.workerRunSeconds) || config.workerRunSeconds < 0 || config.workerRunSeconds > 125)
    yield `workerRunSeconds is ${config.workerRunSeconds}: use a whole number from 0, until the queues are empty, to 125, so that two runs overlap`;
  yield* findConnectionMistakes(config);
  const endpointZones = {
    secretsEndpointZones: config.secretsEndpointZones,
    ...(mail !== undefined && { "mail.endpointZones": mail.endpointZones }),
  };
  for (const [setting, count] of Object.entries(endpointZones))
    if (!Number.isInteger(count) || count < 1 || count > zones.length)
      yield `${setting} is ${count}: use 1 to ${zones.length}, the number of zones`;

  if (mail !== undefined && !/^[\w.+-]+@([a-z0-9-]+\.)+[a-z0-9-]+$/i.test(mail.from))
    yield `mail.from is "${mail.from}": use a plain address such as shop@example.com, or leave mail out`;
  if (alarmEmail !== undefined && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(alarmEmail))
    yield `alarmEmail is "${alarmEmail}": use an e-mail address, or leave it out`;
  if (runbookUrl !== undefined && !/^https:\/\/[^\s#()]+$/.test(runbookUrl))
    yield `runbookUrl is "${runbookUrl}": use the https:// address of the runbook's page without #, or leave it out`;
}

/**
 * So many environments share a connection of a proxy: each is at the database for a tenth of its time at most, since what it
 * reads is cached. An estimate; with more of them some wait for a connection, and longer than two seconds is an error.
 */
const environmentsPerConnection = 10;

/** What is left of the connections is for migrations, for people, and for environments that are being replaced. */
const usableShare = 0.8;

function* findConnectionMistakes({ environmentsPerFunction, database }: StageConfig): Generator<string> {
  if (environmentsPerFunction === undefined) return; // The account's limit counts, which isn't known here.
  if (!Number.isInteger(environmentsPerFunction) || environmentsPerFunction < 1) {
    yield `environmentsPerFunction is ${environmentsPerFunction}: use a whole number of at least 1, or leave it out`;
    return;
  }
  const maxConnections = maxConnectionsOf(database.instanceClass);
  if (maxConnections === undefined) return;
  const perEnvironment = databaseFunctions.length * connectionsPerEnvironment;
  const [sharers, way] = database.proxy === true ? [environmentsPerConnection, "the proxy to "] : [1, ""];
  const usable = Math.floor(maxConnections * usableShare) * sharers;
  const ofWorker = workerEnvironments * connectionsPerEnvironment;
  const connections = environmentsPerFunction * perEnvironment + ofWorker;
  if (connections > usable)
    yield `environmentsPerFunction is ${environmentsPerFunction}, which makes ${connections} connections to PostgreSQL with those of the worker, and ${way}a ${database.instanceClass} has some ${usable} for them: use at most ${Math.floor((usable - ofWorker) / perEnvironment)}, or a larger database.instanceClass${database.proxy === true ? "" : ", or set database.proxy"}`;
}
