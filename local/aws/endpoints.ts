import type { RedisGroup } from "../servers/redis-group";

/** Where the real servers of this machine are, in the place of ElastiCache and RDS. */
export interface LocalEndpoints {
  readonly redis: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    /** Whether it has the users of the functions, with the same password. Else functions sign in as `user`. */
    readonly hasFunctionUsers: boolean;
    /** What keeps it, as ElastiCache does. @default - nothing: one server, which is somebody else's */
    readonly group?: RedisGroup;
  };
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly master: { readonly user: string; readonly password: string };
    /** Password of the login role that the functions connect as. */
    readonly appPassword: string;
  };
}

/** Takes each line that a part of the application prints; `source` is a function's name, `api` or `aws`. */
export type OnLog = (source: string, line: string) => void;
