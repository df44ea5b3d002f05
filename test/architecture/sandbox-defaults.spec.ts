import { parseConfig } from '@testing/config';
import { DEFAULTS } from '../../apps/sandbox/src/settings';

it('sandbox: in development the service uses the port and the client of the sandbox, which shares no code with it', () => {
  const { partner } = parseConfig({ NODE_ENV: 'development' }, () => '');
  const { port, clientId, clientSecret } = DEFAULTS;
  expect(partner).toMatchObject({ sandboxPort: port, oauth: { clientId, clientSecret } });
});
