import type { OrderJob } from "#contract/queues";
import type { OrderConfirmation } from "#shop/order-confirmation";
import type { OrderJobs } from "#shop/order-jobs";
import type { JobHandler } from "@larder/toolkit";

/** Does jobs of orders. One that comes again after it was done is left alone; one whose worker died in between is done again. */
export function orderWork(jobs: OrderJobs, confirmation: OrderConfirmation): JobHandler<OrderJob> {
  const work: Record<OrderJob["kind"], (orderId: string) => Promise<unknown>> = {
    confirm: (orderId) => confirmation.send(orderId),
    "count-sales": () => Promise.resolve(),
  };
  return async ({ data }) => {
    if (!(await jobs.isOpen(data))) return;
    await work[data.kind](data.orderId);
    await jobs.done(data);
  };
}
