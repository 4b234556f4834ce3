import { Cart, CartItemPath, CartQuantity } from "../cart";
import type { RouteKey } from "../routes";
import type { Operation } from "./operation";
import { whileLoading } from "./problems";

const answers = { 200: { description: "The cart as it is now.", body: Cart } };

export const cartOperations = {
  "GET /cart": {
    id: "getCart",
    summary: "The cart of this session",
    answers,
    problems: whileLoading,
  },
  "PUT /cart/items/{movieId}": {
    id: "putCartItem",
    summary: "Put a film into the cart, or change how many",
    request: { path: CartItemPath, body: CartQuantity },
    answers,
    problems: ["not-found", "conflict", ...whileLoading],
  },
  "DELETE /cart/items/{movieId}": {
    id: "removeCartItem",
    summary: "Take a film out of the cart",
    description: "Also if it isn't in it.",
    request: { path: CartItemPath },
    answers,
    problems: whileLoading,
  },
} satisfies Partial<Record<RouteKey, Operation>>;
