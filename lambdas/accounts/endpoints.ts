import type { Routes } from "#platform/http-function";
import { routes as cart } from "./cart-endpoints";
import { routes as sessions } from "./session-endpoints";
import type { AccountsServices } from "./services";
import { routes as users } from "./user-endpoints";

export const routes: Routes<AccountsServices> = (app, services) => {
  users(app, services);
  sessions(app, services);
  cart(app, services);
};
