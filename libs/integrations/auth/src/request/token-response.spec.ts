import { readTokenResponse } from './token-response';

const read = (body: unknown, status = 200) =>
  readTokenResponse(status, typeof body === 'string' ? body : JSON.stringify(body));

describe('token response', () => {
  it.each<[string, object, number]>([
    ['of RFC 6749', { token_type: 'Bearer', expires_in: 3600, scope: 'read' }, 200],
    ['with members that are null', { token_type: null, refresh_token: null, scope: null, id_token: null }, 200],
    ['with members that are empty', { token_type: '', scope: '', refresh_token: '', scopes: [] }, 200],
    ['with members of other types', { token_type: 7, scope: [], refresh_token: {}, id_token: 'realm' }, 200],
    ['with an unknown type', { token_type: 'BearerToken' }, 200],
    ['without a type', {}, 200],
    ['with status 201', {}, 201],
    ['with an error that is null', { error: null, error_description: '' }, 200],
  ])('access token: a response %s is accepted', (_, members, status) => {
    expect(read({ ...members, access_token: 'a1' }, status)).toMatchObject({ accessToken: 'a1' });
  });

  it('expires_in: the value is passed on unchanged', () => {
    expect(read({ access_token: 'a1', expires_in: '3599.5' })).toEqual({ accessToken: 'a1', expiresIn: '3599.5' });
  });

  it.each<[string, unknown, number, string]>([
    ['no access token', {}, 200, 'status 200, but the body has no access_token'],
    ['an HTML page', '<html>', 200, 'status 200, but the body is not a JSON object'],
    ['an array', '[]', 200, 'status 200, but the body is not a JSON object'],
    ['an empty body', '', 204, 'status 204, but the body is not a JSON object'],
    ['a token that is a number', { access_token: 7 }, 200, 'the access_token is not a string'],
    [
      'an empty token',
      { access_token: '' },
      200,
      'the access_token is empty or has characters that a header cannot contain',
    ],
    [
      'a token of two lines',
      { access_token: 'a\nb' },
      200,
      'the access_token is empty or has characters that a header cannot contain',
    ],
    [
      'a token that is too long',
      { access_token: 'a'.repeat(16_385) },
      200,
      'the access_token is longer than 16384 characters',
    ],
    [
      'a MAC token',
      { access_token: 'a1', token_type: 'MAC' },
      200,
      'the token_type is mac, and only bearer tokens are supported',
    ],
    ['a redirect', '', 302, 'status 302'],
    ['a server error', { error: 'temporarily_unavailable' }, 503, 'status 503, error temporarily_unavailable'],
    ['an error that is free text', { error: 'Your secret s3cr3t is wrong' }, 400, 'status 400'],
    ['a token with an error status', { access_token: 'a1' }, 500, 'status 500'],
  ])('invalid response: %s is rejected with the reason', (_, body, status, failure) => {
    expect(read(body, status)).toEqual({ failure });
  });

  it.each<[unknown, number, string]>([
    [{ error: 'invalid_client' }, 401, 'invalid_client'],
    [{ error: 'invalid_scope', error_description: 'secret' }, 400, 'invalid_scope'],
    [{ error: 'unauthorized_client' }, 200, 'unauthorized_client'],
    ['<html>', 401, 'invalid_client'],
    [{ error: 'Bad Credentials' }, 401, 'invalid_client'],
  ])('permanent error: %j with status %i is %s', (body, status, refusal) => {
    expect(read(body, status)).toEqual({ refusal });
  });
});
