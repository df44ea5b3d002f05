import { isJson } from './json-media-type';

it.each([
  'application/json',
  'application/json;',
  'application/json ; charset=utf8',
  'application/json; charset="UTF-8"',
  "application/json; charset='utf-8'; charset=",
  'APPLICATION/JSON;version=1',
  'application/json; charset=utf-8; profile="https://example.org/a,b"',
  'application/cloudevents+json; charset=us-ascii',
  'application/vnd.partner.v1+json',
  'text/json',
])('Content-Type: %s is JSON', (type) => {
  expect(isJson(type)).toBe(true);
});

it.each([
  undefined,
  '',
  'text/plain',
  'application/jsonp',
  'application/xml; charset=utf-8',
  'application/json; charset=latin1',
  'application/json; charset=utf-16',
  'application/json, text/plain',
  'application/jsonx;application/json',
])('Content-Type: %s is not JSON', (type) => {
  expect(isJson(type)).toBe(false);
});
