/** A replication group or a serverless cache with a clock that a test moves: real servers, each behind a front. */
import { iamCredentials, type ConnectOptions, type IamCredentialsOptions } from "@larder/toolkit";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { RedisServer } from "../../local/servers/redis";
import { serverCertificate, type ServerCertificate } from "./certificates";
import { ElastiCacheFront } from "./elasticache-front";
import type { AccessKey, SignInTarget } from "./iam-tokens";
import { MovedClock } from "./moved-clock";
import { announcePorts } from "./proxied-redis";
import type { RedisMode } from "./redis-clients";
import { own, ownRedis, ownRedisCluster } from "./servers";

const region = "eu-west-1";
const account = "111122223333";
const keys = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "a secret/+", sessionToken: "a+session/token==" };

export interface OwnElastiCacheOptions {
  readonly type?: SignInTarget["type"];
  /** Of the host that the certificate is for. @default - the loopback address, where it is */
  readonly certificateName?: string;
  /** Whether this process knows who signed it. @default true */
  readonly trusted?: boolean;
}

export class OwnElastiCache {
  readonly clock = new MovedClock();
  readonly fronts: ElastiCacheFront[] = [];
  readonly users = new Set(["larder-app"]);
  readonly accessKeys = new Map<string, AccessKey>();
  readonly name = "films-abc";
  /** Times before the servers' clock, of who signs tokens. */
  skewMs = 0;

  private constructor(
    readonly mode: RedisMode,
    readonly type: SignInTarget["type"],
    readonly servers: readonly RedisServer[],
    readonly certificate: ServerCertificate,
  ) {
    this.allow(this.resourceArn, this.userArn);
  }

  /** Ends with the test file. */
  static async start(
    mode: RedisMode,
    { type = "replicationgroup", certificateName, trusted = true }: OwnElastiCacheOptions = {},
  ): Promise<OwnElastiCache> {
    const servers = mode === "single" ? [await ownRedis()] : await ownRedisCluster();
    const certificate = await serverCertificate(certificateName);
    const cache = new OwnElastiCache(mode, type, servers, certificate);
    for (const { address: redis } of servers)
      cache.fronts.push(
        own(
          await ElastiCacheFront.start({
            redis,
            certificate,
            target: () => cache.#target,
            nowMs: () => cache.clock.now.wallMs,
          }),
        ),
      );
    const ports = cache.fronts.map(({ port }) => port);
    if (mode === "cluster") await announcePorts(servers, ports);
    if (trusted) setDefaultCACertificates([...getCACertificates("default"), certificate.authority]);
    return cache;
  }

  get resourceArn(): string {
    return `arn:aws:elasticache:${region}:${account}:${this.type}:${this.name}`;
  }

  get userArn(): string {
    return `arn:aws:elasticache:${region}:${account}:user:larder-app`;
  }

  get port(): number {
    return this.fronts[0]!.port;
  }

  get signIns(): string[] {
    return this.fronts.flatMap(({ signIns }) => signIns);
  }

  get ended(): number {
    return this.fronts.reduce((sum, { ended }) => sum + ended, 0);
  }

  get signInsInTransactions(): number {
    return this.fronts.reduce((sum, front) => sum + front.signInsInTransactions, 0);
  }

  /** Counts anew. */
  forget(): void {
    for (const front of this.fronts) front.forget();
  }

  /** Sets the policy of the one who signs. */
  allow(...allowed: readonly string[]): void {
    const { accessKeyId, ...secrets } = keys;
    this.accessKeys.set(accessKeyId, { ...secrets, allowed });
  }

  /** For all: servers, and clients that have our clock. */
  passHours(hours: number): void {
    this.clock.passMs(hours * 3_600_000);
    for (const front of this.fronts) front.endOldConnections();
  }

  credentialOptions(): IamCredentialsOptions {
    const signer = { user: "larder-app", region, aws: () => keys, now: this.clientNow };
    return this.type === "serverlesscache"
      ? { ...signer, serverlessCache: this.name }
      : { ...signer, group: this.name };
  }

  readonly clientNow = (): Date => new Date(this.clock.now.wallMs + this.skewMs);

  reach(credentials = iamCredentials(this.credentialOptions())): ConnectOptions {
    return { mode: this.mode, host: "127.0.0.1", port: this.port, tls: true, credentials, clock: this.clock.read };
  }

  get #target(): SignInTarget {
    const { type, name, users, accessKeys } = this;
    return { type, name, region, account, users, accessKeys };
  }
}
