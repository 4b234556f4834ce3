/**
 * The queues of background jobs, and what a job of each says. Functions of two releases read each other's jobs, and administrators
 * those that have died: let a job name what it is about, not hold it.
 */
import * as z from "zod/mini";
import { collectionNames } from "./collections";

export const queueNames = ["orders", "refreshes"] as const;
export type QueueName = (typeof queueNames)[number];

/** What is still to be done for an order that is paid: its buyer is told, or its films are counted on the boards. */
export const OrderJob = z.object({ kind: z.enum(["confirm", "count-sales"]), orderId: z.uuid() });
export type OrderJob = z.infer<typeof OrderJob>;

/** A cached value that is to be loaded anew, if it is still the one that ends at `softExpiryMs`. */
export const RefreshJob = z.object({ collection: z.enum(collectionNames), id: z.string(), softExpiryMs: z.int() });
export type RefreshJob = z.infer<typeof RefreshJob>;
