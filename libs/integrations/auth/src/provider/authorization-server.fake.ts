/** A scripted token endpoint, and the connections of a replica to it. */
import { OutboundClient, type OutboundResponse, type OutboundLimits, type OutboundRequest } from '@platform/outbound';
import { Clock } from '@platform/resilience';
import { authPolicy } from '../auth.policy';
import type { StoppableProcess } from './process.fake';

interface SeenRequest {
  readonly atMs: number;
  readonly request: OutboundRequest;
  isAborted: boolean;
}

/** The script at the arrival of a request determines its response. */
export class AuthorizationServer {
  readonly requests: SeenRequest[] = [];
  latencyMs = 0;
  private script: (count: number) => OutboundResponse | undefined = () => undefined;

  constructor() {
    this.grants();
  }

  /** Grants `token-1`, `token-2` and so on. */
  grants(expiresIn: unknown = 3_600): void {
    const bodyOf = (count: number) => JSON.stringify({ access_token: `token-${count}`, expires_in: expiresIn });
    this.script = (count) => ({ status: 200, headers: {}, body: bodyOf(count) });
  }

  fails(status = 500, body = ''): void {
    this.script = () => ({ status, headers: {}, body });
  }

  refuses(error = 'invalid_client'): void {
    this.fails(400, JSON.stringify({ error }));
  }

  /** Never responds. */
  hangs(): void {
    this.script = () => undefined;
  }

  async respond(request: OutboundRequest, signal: AbortSignal): Promise<OutboundResponse> {
    signal.throwIfAborted();
    const seen: SeenRequest = { atMs: performance.now(), request, isAborted: false };
    signal.addEventListener('abort', () => (seen.isAborted = true));
    const response = this.script(this.requests.push(seen));
    if (this.latencyMs > 0) await new Clock().sleep(this.latencyMs, signal);
    return response ?? new Promise<never>(() => undefined);
  }
}

export class Connection extends OutboundClient {
  constructor(
    private readonly server: AuthorizationServer,
    private readonly process: StoppableProcess,
  ) {
    super(authPolicy);
  }

  override send(...request: Parameters<OutboundClient['send']>): Promise<OutboundResponse> {
    return this.process.through(() => super.send(...request));
  }

  protected override exchange(request: OutboundRequest, _limits: OutboundLimits, signal: AbortSignal) {
    return this.server.respond(request, signal);
  }
}
