import { RetryBudget } from './retry-budget';

const taken = (budget: RetryBudget) => {
  let count = 0;
  while (budget.take()) count += 1;
  return count;
};

describe('the budget of tries beyond the first', () => {
  it('is a tenth of the calls, after the first few', () => {
    const budget = new RetryBudget({ perCall: 0.1, initially: 3, atMost: 10 });
    expect(taken(budget)).toBe(3);
    for (let calls = 0; calls < 65; calls++) budget.add();
    expect(taken(budget)).toBe(6);
  });

  it('is not saved up without an end', () => {
    const budget = new RetryBudget({ perCall: 0.1, initially: 3, atMost: 10 });
    for (let calls = 0; calls < 10_000; calls++) budget.add();
    expect(taken(budget)).toBe(10);
  });

  it('can be none', () => {
    const budget = new RetryBudget({ perCall: 0, initially: 3, atMost: 10 });
    for (let calls = 0; calls < 100; calls++) budget.add();
    expect(taken(budget)).toBe(0);
  });
});
