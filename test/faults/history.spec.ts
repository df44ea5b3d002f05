import { History } from './history';

describe('fault-injection history', () => {
  it('History.check: finds events that were lost, applied twice, never sent, or accepted twice', () => {
    const history = new History();
    const seen: Record<string, (number | undefined)[]> = {
      fine: [503, 202, 200],
      unanswered: [undefined],
      'unanswered but stored': [undefined],
      refused: [503],
      lost: [undefined, 200],
      duplicated: [202],
      'accepted twice': [202, 202],
    };
    for (const [id, statuses] of Object.entries(seen)) {
      history.recordSend(id);
      for (const status of statuses) history.recordStatus(id, status);
    }
    const applied = { fine: 1, 'unanswered but stored': 1, duplicated: 2, 'accepted twice': 1, unexpected: 1 };
    expect(history.check(Object.entries(applied).map(([eventId, times]) => ({ eventId, times })))).toEqual({
      lost: ['lost'],
      duplicated: ['duplicated'],
      unexpected: ['unexpected'],
      acceptedTwice: ['accepted twice'],
    });
    expect(history.counts()).toEqual({ events: 7, 200: 2, 202: 4, 503: 2, none: 3 });
  });
});
