import type { OrderJob } from "#contract/queues";
import { logger } from "#platform/logger";
import type { BestSellers } from "#shop/best-sellers";
import type { OrderConfirmation } from "#shop/order-confirmation";
import type { OrderJobs } from "#shop/order-jobs";
import type { JobHandler } from "@larder/toolkit";

export interface OrderWorkParts {
  readonly jobs: OrderJobs;
  readonly confirmation: OrderConfirmation;
  readonly bestSellers: BestSellers;
}

/** Does jobs of orders. One that comes again after it was done is left alone; one whose worker died in between is done again. */
export function orderWork({ jobs, confirmation, bestSellers }: OrderWorkParts): JobHandler<OrderJob> {
  const work: Record<OrderJob["kind"], (orderId: string) => Promise<unknown>> = {
    confirm: (orderId) => confirmation.send(orderId),
    "count-sales": async (orderId) => {
      const outcome = await bestSellers.countSales(orderId);
      if (outcome === "too-late") logger.warn("an order is counted by the next rebuild of the boards", { orderId });
    },
  };
  return async ({ data }) => {
    if (!(await jobs.isOpen(data))) return;
    await work[data.kind](data.orderId);
    await jobs.done(data);
  };
}
