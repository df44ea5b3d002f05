/** Stores the methods of every route, for the `Allow` header of a 405. */
import findMyWay, { type HTTPMethod } from 'find-my-way';

export class AllowedMethods {
  private readonly router = findMyWay({ ignoreTrailingSlash: true });
  private readonly methods = new Set<HTTPMethod>();

  /** Skips catch-all routes, which match every URL. */
  add(method: string | string[], path: string): void {
    if (path === '*' || path === '/*') return;
    for (const each of [method].flat() as HTTPMethod[]) {
      this.methods.add(each);
      if (!this.router.hasRoute(each, path)) this.router.on(each, path, () => undefined);
    }
  }

  /** Returns the methods of the routes that match the URL; empty if none matches. */
  at(url: string): string[] {
    return [...this.methods].filter((method) => this.router.find(method, url) !== null);
  }
}
