import { RetryBudget } from './retry-budget';

const taken = (budget: RetryBudget) => {
  let count = 0;
  while (budget.take()) count += 1;
  return count;
};

describe('retry budget', () => {
  it('retry budget: a tenth of the calls, after the first few', () => {
    const budget = new RetryBudget({ perCall: 0.1, initially: 3, atMost: 10 });
    expect(taken(budget)).toBe(3);
    for (let calls = 0; calls < 65; calls++) budget.add();
    expect(taken(budget)).toBe(6);
  });

  it('retry budget: it is capped', () => {
    const budget = new RetryBudget({ perCall: 0.1, initially: 3, atMost: 10 });
    for (let calls = 0; calls < 10_000; calls++) budget.add();
    expect(taken(budget)).toBe(10);
  });

  it('retry budget: it can be none', () => {
    const budget = new RetryBudget({ perCall: 0, initially: 3, atMost: 10 });
    for (let calls = 0; calls < 100; calls++) budget.add();
    expect(taken(budget)).toBe(0);
  });
});
