import fc from 'fast-check';
import { readAmount, readCurrency, readNumber, type DecimalMark } from './local-numbers';

describe('local number', () => {
  it.each<[string, DecimalMark, string | undefined]>([
    ['1299', 'point', '1299'],
    ['1,299.50', 'point', '1299.50'],
    ['1,29,900.50', 'point', '129900.50'],
    ["1'299.50", 'point', '1299.50'],
    ['1 299', 'point', '1299'],
    ['.50', 'point', '0.50'],
    ['−7.5e-05', 'point', '-7.5e-05'],
    ['+5', 'point', '5'],
    ['12,50', 'point', undefined],
    ['0,500', 'point', undefined],
    ['0.500', 'comma', undefined],
    ['1,2345', 'point', undefined],
    ['1,299 000', 'point', undefined],
    ['1.2.3', 'point', undefined],
    ['12,50', 'comma', '12.50'],
    ['1.299,00', 'comma', '1299.00'],
    ['1 299 000,5', 'comma', '1299000.5'],
    ['-7,5e-05', 'comma', '-7.5e-05'],
    ['12.50', 'comma', undefined],
    ['1,2,3', 'comma', undefined],
    ['', 'point', undefined],
    ['.', 'point', undefined],
    ['-', 'point', undefined],
    ['free', 'point', undefined],
  ])('decimal mark: %j with a decimal %s is read as %j', (text, mark, digits) => {
    expect(readNumber(text, mark)).toBe(digits);
  });

  it('locale: numbers that Intl formats for a locale are read back', () => {
    const locales: [string, DecimalMark][] = [
      ['en-IN', 'point'],
      ['en-US', 'point'],
      ['de-CH', 'point'],
      ['de-DE', 'comma'],
      ['fr-FR', 'comma'],
      ['pl-PL', 'comma'],
    ];
    const formats = locales.map(
      ([locale, mark]) => [new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }), mark] as const,
    );
    fc.assert(
      fc.property(fc.integer({ min: -1e11, max: 1e11 }), fc.constantFrom(...formats), (cents, [format, mark]) => {
        expect(Number(readNumber(format.format(cents / 100), mark))).toBe(cents / 100);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('amount of money', () => {
  it.each<[string, DecimalMark, string, string | null | undefined]>([
    ['129.50', 'point', '129.50', undefined],
    ['₹129.50', 'point', '129.50', 'INR'],
    ['₹ 1,29,900', 'point', '129900', 'INR'],
    ['Rs. 500/-', 'point', '500', 'INR'],
    ['Rs.50', 'point', '50', 'INR'],
    ['15.00 INR', 'point', '15.00', 'INR'],
    ['usd 3', 'point', '3', 'USD'],
    ['3,50 €', 'comma', '3.50', 'EUR'],
    ['€.50', 'point', '0.50', 'EUR'],
    ['$5', 'point', '5', null],
    ['C$5', 'point', '5', 'CAD'],
    ['₱10', 'point', '10', 'PHP'],
    ['10 zł', 'point', '10', 'PLN'],
    ['₹ 1299 INR', 'point', '1299', 'INR'],
    ['$5 USD', 'point', '5', 'USD'],
    ['-£5', 'point', '-5', 'GBP'],
    ['£-5', 'point', '-5', 'GBP'],
  ])('currency: %j with a decimal %s is read as %j of %j', (text, mark, digits, currency) => {
    expect(readAmount(text, mark)).toEqual({ digits, currency });
  });

  it.each(['', 'free', '₹', '12 per kg', 'USD 5 EUR', '5 to 7', '12 kg', '1.2.3', '€ 1,2'])(
    'amount of money: %j is rejected',
    (text) => {
      expect(readAmount(text, 'point')).toBeUndefined();
    },
  );
});

it('currency: a code or an unambiguous sign is read, others are not', () => {
  expect(['inr', '₹', 'Rs', 'Rs.', '€', '$', 'rupees', ''].map(readCurrency)).toEqual([
    'INR',
    'INR',
    'INR',
    'INR',
    'EUR',
    null,
    undefined,
    undefined,
  ]);
});
