import type { RouteKey } from "../routes";
import { adminOperations } from "./admin-operations";
import { cartOperations } from "./cart-operations";
import { filmOperations } from "./film-operations";
import { leaderboardOperations } from "./leaderboard-operations";
import type { Operation } from "./operation";
import { orderOperations } from "./order-operations";
import { serviceOperations } from "./service-operations";
import { sessionOperations } from "./session-operations";
import { userOperations } from "./user-operations";

/** Every route of the API, described; one that is missing here doesn't compile. */
export const operations: Readonly<Record<RouteKey, Operation>> = {
  ...filmOperations,
  ...userOperations,
  ...sessionOperations,
  ...cartOperations,
  ...orderOperations,
  ...leaderboardOperations,
  ...serviceOperations,
  ...adminOperations,
};
