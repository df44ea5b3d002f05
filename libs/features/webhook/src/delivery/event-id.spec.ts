import fc from 'fast-check';
import { readEventId } from './event-id';

const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const anId = fc.string({ unit: visible.filter((character) => character !== ','), minLength: 1, maxLength: 200 });

describe('webhook event id', () => {
  it('event id: visible ASCII without a comma is accepted unchanged in X-Event-Id, Webhook-Id or both', () => {
    fc.assert(
      fc.property(anId, (id) => {
        expect(readEventId({ 'x-event-id': id })).toBe(id);
        expect(readEventId({ 'webhook-id': id })).toBe(id);
        expect(readEventId({ 'x-event-id': id, 'webhook-id': id })).toBe(id);
      }),
    );
  });

  it('event id: any other character and more than 200 characters are rejected', () => {
    fc.assert(
      fc.property(anId, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), anId, (before, character, after) => {
        fc.pre(!/^[!-+\--~]$/.test(character));
        expect(() => readEventId({ 'x-event-id': before + character + after })).toThrow();
      }),
    );
    expect(() => readEventId({ 'x-event-id': 'x'.repeat(201) })).toThrow('201 characters');
  });

  it('event id: two different ids, repeated headers and a missing id are rejected', () => {
    expect(() => readEventId({ 'x-event-id': 'a', 'webhook-id': 'A' })).toThrow('differ');
    expect(() => readEventId({ 'x-event-id': '' })).toThrow('missing');
    expect(() => readEventId({})).toThrow('missing');
    expect(() => readEventId({ 'x-event-id': ['a', 'b'] })).toThrow('missing');
  });
});
