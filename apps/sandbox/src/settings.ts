/** What can be changed while the sandbox runs. */
export interface Settings {
  clientId: string;
  clientSecret: string;
  /** How long a token lives. */
  tokenSeconds: number;
  /** How often each event is sent once more, although it was accepted. */
  duplicates: number;
}
