/** Remembers every route, so that a request with the wrong method can be told the right ones. */
import findMyWay, { type HTTPMethod } from 'find-my-way';

export class AllowedMethods {
  private readonly router = findMyWay({ ignoreTrailingSlash: true });
  private readonly methods = new Set<HTTPMethod>();

  /** A route for everything says nothing of where it is meant. */
  add(method: string | string[], path: string): void {
    if (path === '*' || path === '/*') return;
    for (const each of [method].flat() as HTTPMethod[]) {
      this.methods.add(each);
      if (!this.router.hasRoute(each, path)) this.router.on(each, path, () => undefined);
    }
  }

  /** Methods that some route answers at this address; none where the address does not exist. */
  at(url: string): string[] {
    return [...this.methods].filter((method) => this.router.find(method, url) !== null);
  }
}
