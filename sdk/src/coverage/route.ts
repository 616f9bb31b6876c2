/** A route of an application. */
export interface Route {
  /** In upper case; `ALL` for a route with every method. */
  method: string;
  /** The pattern, as the middleware records it: `/orders/:id`. */
  route: string;
}
