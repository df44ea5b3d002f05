export default async function stopServers(): Promise<void> {
  for (const server of globalThis.farmlokalTestServers ?? []) await server.stop();
}
