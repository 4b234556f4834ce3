import { NewOrder, Order, OrderHeaders, OrderPage, OrderPath, OrderSearch } from "../orders";
import type { RouteKey } from "../routes";
import type { Operation } from "./operation";

export const orderOperations = {
  "POST /orders": {
    id: "placeOrder",
    summary: "Order and pay what lies in the cart",
    description:
      "A cart is paid for once. Sent again with the same key it is answered the same; after no answer, or a 503, send it again so. After `payment-declined` the cart may be ordered by another key.",
    request: { headers: OrderHeaders, body: NewOrder },
    answers: { 201: { description: "The order, paid.", body: Order, headers: ["location"] } },
    problems: [
      "payment-declined",
      "conflict",
      "out-of-stock",
      "order-under-way",
      "idempotency-key-reused",
      "checkout-unavailable",
      "database-unavailable",
    ],
  },
  "GET /orders": {
    id: "listOrders",
    summary: "One's own orders, the newest first",
    request: { query: OrderSearch },
    answers: { 200: { description: "A page of orders.", body: OrderPage } },
    problems: ["database-unavailable"],
  },
  "GET /orders/{id}": {
    id: "getOrder",
    summary: "One of one's own orders",
    request: { path: OrderPath },
    answers: { 200: { description: "The order.", body: Order } },
    problems: ["not-found", "database-unavailable"],
  },
} satisfies Partial<Record<RouteKey, Operation>>;
