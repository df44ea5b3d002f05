import { RetryBudget } from './retry-budget';

const takeAll = (budget: RetryBudget) => {
  let count = 0;
  while (budget.take()) count += 1;
  return count;
};

describe('retry budget', () => {
  it('retry budget: a tenth of the calls, in addition to the initial budget', () => {
    const budget = new RetryBudget({ perCall: 0.1, initial: 3, max: 10 });
    expect(takeAll(budget)).toBe(3);
    for (let calls = 0; calls < 65; calls++) budget.add();
    expect(takeAll(budget)).toBe(6);
  });

  it('retry budget: it is capped', () => {
    const budget = new RetryBudget({ perCall: 0.1, initial: 3, max: 10 });
    for (let calls = 0; calls < 10_000; calls++) budget.add();
    expect(takeAll(budget)).toBe(10);
  });

  it('retry budget: with a share of 0 there is none', () => {
    const budget = new RetryBudget({ perCall: 0, initial: 3, max: 10 });
    for (let calls = 0; calls < 100; calls++) budget.add();
    expect(takeAll(budget)).toBe(0);
  });
});
